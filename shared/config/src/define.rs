/// One key as the documentation shows it.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static [&'static str],
    /// As it would stand in the file.
    pub(crate) default: Option<&'static str>,
    pub(crate) secret: bool,
    pub(crate) optional: bool,
}

/// One section as the documentation shows it.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) about: &'static [&'static str],
    pub(crate) keys: Vec<Key>,
}

/// Keeps a key's type, default, documentation, check and who needs it in one place:
/// `name: Type = default => check, for Part Part;`, everything after the type being optional.
macro_rules! sections {
    ($(
        $(#[doc = $about:literal])+
        $section:ident: $Section:ident {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $type:ty $(= $default:expr)? $(=> $check:expr)? $(, for $($part:ident)+)?;
            )+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone)]
            pub struct $Section {
                $($(#[doc = $doc])+ pub $key: $type,)+
            }
        )+

        /// The whole configuration.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[doc = $about])+ pub $section: $Section,)+
        }

        impl Config {
            /// Takes every key from `reader`, which notes the mistakes; none if there are any.
            pub(crate) fn read(reader: &mut $crate::load::Reader) -> Option<Self> {
                // All are read before the first missing one ends it, so that all mistakes are found.
                $(let $section = (
                    $(reader.get::<$type>(
                        $crate::load::Name { section: stringify!($section), key: stringify!($key) },
                        sections!(@default $($default)?),
                        sections!(@check $type $(, $check)?),
                        &[$($($crate::load::Part::$part),+)?],
                    ),)+
                );)+
                $(let ($($key,)+) = $section;
                let $section = $Section { $($key: $key?,)+ };)+
                Some(Self { $($section,)+ })
            }
        }

        /// What the documentation and the search for unknown keys go by.
        pub(crate) fn sections() -> Vec<$crate::define::Section> {
            vec![$($crate::define::Section {
                name: stringify!($section),
                about: &[$($about),+],
                keys: vec![$($crate::define::Key {
                    name: stringify!($key),
                    about: &[$($doc),+],
                    default: sections!(@default $($default)?),
                    secret: <$type as $crate::setting::Setting>::SECRET,
                    optional: <$type as $crate::setting::Setting>::OPTIONAL,
                }),+],
            }),+]
        }
    };
    (@default) => { None };
    (@default $default:expr) => { Some(stringify!($default)) };
    (@check $type:ty) => { Ok::<$type, $crate::mistake::Wrong> };
    (@check $type:ty, $check:expr) => { $check };
}
pub(crate) use sections;
