//! Films and pictures in boxes with a secret wherever one is known to stand.

use super::*;

const SECRET: &[u8] = b"Ushuaia 54.8S 68.3W";
const SEEN: &[u8] = b"what is seen and heard";

fn one(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut bytes = (content.len() as u32 + 8).to_be_bytes().to_vec();
    bytes.extend(kind);
    bytes.extend(content);
    bytes
}

fn full(kind: [u8; 4], contents: &[&[u8]]) -> Vec<u8> {
    one(kind, &[&[0; 4], contents.concat().as_slice()].concat())
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Reads a file in pieces of an awkward length and writes it without its secrets.
fn cleaned(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut scan = Scan::default();
    for piece in bytes.chunks(7) {
        scan.take(piece)?;
    }
    let found = find(&scan.end()?)?;
    let mut at = 0;
    let mut clean = Vec::new();
    for piece in bytes.chunks(11) {
        let mut piece = piece.to_vec();
        found.patches.apply(at, &mut piece);
        at += piece.len() as u64;
        clean.extend(piece);
    }
    Ok(clean)
}

fn handler(kind: [u8; 4]) -> Vec<u8> {
    full(*b"hdlr", &[&[0; 4], &kind, &[0; 12], SECRET, b"\0"])
}

/// A track of one chunk with these samples.
fn track(kind: [u8; 4], chunk: u32, sizes: &[u32]) -> Vec<u8> {
    let mut sizes_of_all = vec![0, sizes.len() as u32];
    sizes_of_all.extend(sizes);
    let tables = [
        full(*b"stsd", &[&numbers(&[0])]),
        full(*b"stsc", &[&numbers(&[1, 1, sizes.len() as u32, 1])]),
        full(*b"stsz", &[&numbers(&sizes_of_all)]),
        full(*b"stco", &[&numbers(&[1, chunk])]),
        one(*b"uuid", SECRET),
    ];
    let information = [
        full(*b"vmhd", &[&[0; 8]]),
        one(*b"stbl", &tables.concat()),
        one(*b"udta", SECRET),
    ];
    let media = [
        full(
            *b"mdhd",
            &[&numbers(&[0x5eed_5eed, 0x5eed_5eed, 1000, 0, 0])],
        ),
        handler(kind),
        one(*b"minf", &information.concat()),
    ];
    let parts = [
        full(*b"tkhd", &[&numbers(&[0x5eed_5eed, 0x5eed_5eed]), &[7; 72]]),
        one(*b"mdia", &media.concat()),
        one(*b"meta", SECRET),
        one(*b"udta", &one(*b"\xa9xyz", SECRET)),
    ];
    one(*b"trak", &parts.concat())
}

/// A film whose data stands before its description, as telephones write it: sound and picture, and in between what a sensor said.
fn film(kinds: [&[u8; 4]; 2]) -> Vec<u8> {
    let start = one(*b"ftyp", b"mp42\0\0\0\0mp42isom");
    let filler = one(*b"skip", SECRET);
    let data = (start.len() + filler.len() + 8) as u32;
    let (seen, said) = (SEEN.len() as u32, SECRET.len() as u32);
    let description = [
        full(
            *b"mvhd",
            &[&numbers(&[0x5eed_5eed, 0x5eed_5eed, 1000, 0]), &[1; 80]],
        ),
        track(*kinds[0], data, &[seen - 4, 4]),
        track(*b"meta", data + seen, &[5, said - 5]),
        track(*kinds[1], data + seen + said, &[seen]),
        one(*b"udta", &one(*b"loci", SECRET)),
        one(*b"meta", SECRET),
    ];
    [
        start,
        filler,
        one(*b"mdat", &[SEEN, SECRET, SEEN].concat()),
        one(*b"moov", &description.concat()),
        one(*b"uuid", SECRET),
        one(*b"free", SECRET),
        one(*b"abcd", SECRET),
    ]
    .concat()
}

#[test]
fn a_film_loses_where_and_when_it_was_made_and_nothing_moves() {
    let before = film([b"vide", b"soun"]);
    let after = cleaned(&before).unwrap();
    assert_eq!(after.len(), before.len());
    assert!(!has(&after, SECRET) && !has(&after, b"\x5e\xed"));
    let at = before.windows(SEEN.len()).position(|bytes| bytes == SEEN);
    let at = at.unwrap();
    let data = at..at + 2 * SEEN.len() + SECRET.len();
    assert_eq!(&after[data.clone()][..SEEN.len()], SEEN);
    assert_eq!(&after[data][SEEN.len() + SECRET.len()..], SEEN);
    // The tables by which a player finds its data are as they were.
    let table = full(*b"stco", &[&numbers(&[1, at as u32])]);
    assert!(has(&after, &table));
    assert_eq!(cleaned(&after).unwrap(), after);
}

#[test]
fn a_file_that_only_sounds_is_sound() {
    let is_sound = |bytes: &[u8]| {
        let mut scan = Scan::default();
        scan.take(bytes).unwrap();
        find(&scan.end().unwrap()).unwrap().is_sound
    };
    assert!(is_sound(&film([b"soun", b"text"])));
    assert!(!is_sound(&film([b"soun", b"vide"])));
    assert!(!is_sound(&one(*b"ftyp", b"mp42\0\0\0\0")));
}

/// A picture with items: itself, EXIF in the data, XMP in the box for small items.
fn picture() -> Vec<u8> {
    let item = |id: u16, kind: &[u8; 4], words: &[u8]| {
        let content = [
            &[2, 0, 0, 0][..],
            &id.to_be_bytes(),
            &[0, 0],
            kind,
            words,
            b"\0",
        ];
        one(*b"infe", &content.concat())
    };
    let items = [
        item(1, b"av01", SECRET),
        item(2, b"Exif", b""),
        item(3, b"mime", b"application/rdf+xml"),
    ];
    let build = |data: u32| {
        let mut places = vec![1, 0, 0, 0, 0x44, 0, 0, 3];
        let (seen, said) = (SEEN.len() as u32, SECRET.len() as u32);
        for (id, way, start, length) in [
            (1_u16, 0_u16, data, seen),
            (2, 0, data + seen, said),
            (3, 1, 0, said),
        ] {
            places.extend(id.to_be_bytes());
            places.extend(way.to_be_bytes());
            places.extend([0, 0, 0, 1]);
            places.extend(numbers(&[start, length]));
        }
        let properties = [
            full(*b"ispe", &[&numbers(&[24, 16])]),
            full(*b"udes", &[SECRET]),
        ];
        let parts = [
            handler(*b"pict"),
            full(*b"pitm", &[&[0, 1]]),
            one(*b"iloc", &places),
            full(*b"iinf", &[&[0, 3], &items.concat()]),
            one(*b"iprp", &one(*b"ipco", &properties.concat())),
            one(*b"idat", SECRET),
            one(*b"xml ", SECRET),
        ];
        [
            one(*b"ftyp", b"avif\0\0\0\0avifmif1"),
            full(*b"meta", &[&parts.concat()]),
        ]
        .concat()
    };
    let start = build(0).len() as u32 + 8;
    let mut bytes = build(start);
    bytes.extend(one(*b"mdat", &[SEEN, SECRET].concat()));
    bytes
}

#[test]
fn a_picture_in_boxes_keeps_its_own_item_only() {
    let before = picture();
    let after = cleaned(&before).unwrap();
    assert_eq!(after.len(), before.len());
    assert!(!has(&after, SECRET) && has(&after, SEEN));
    // Who reads it is not told of items that are empty now.
    assert!(!has(&after, b"Exif") && !has(&after, b"mime") && has(&after, b"av01"));
    assert_eq!(cleaned(&after).unwrap(), after);
}

#[test]
fn what_is_cut_and_broken_is_refused_or_cleaned_for_good() {
    for bytes in [film([b"vide", b"soun"]), picture()] {
        let mut broken: Vec<Vec<u8>> = (0..bytes.len()).map(|end| bytes[..end].to_vec()).collect();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut one = bytes.clone();
                one[at] = value;
                broken.push(one);
            }
        }
        for one in broken {
            if let Ok(clean) = cleaned(&one) {
                assert_eq!(clean.len(), one.len());
                // What was overwritten may be what said that it has to be.
                let _ = cleaned(&clean);
            }
        }
    }
}

#[test]
fn a_description_that_names_the_same_place_many_times_is_soon_done() {
    // Many chunks in many pieces of data.
    let many = vec![40; 3000];
    let chunks = [&numbers(&[many.len() as u32])[..], &numbers(&many)].concat();
    let tables = [
        full(*b"stsc", &[&numbers(&[1, 1, 1, 1])]),
        full(*b"stsz", &[&numbers(&[100, 3000])]),
        full(*b"stco", &[&chunks]),
    ];
    let media = [
        handler(*b"meta"),
        one(*b"minf", &one(*b"stbl", &tables.concat())),
    ];
    let film = one(*b"moov", &one(*b"trak", &one(*b"mdia", &media.concat())));
    let bytes = [film, one(*b"mdat", SEEN).repeat(3000)].concat();
    assert_eq!(
        cleaned(&bytes),
        Err(Malformed("its data is in too many places"))
    );
}
