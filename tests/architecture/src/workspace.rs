use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// How a crate needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Dev,
    Build,
}

/// One crate that another one names in its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    pub name: String,
    pub kind: Kind,
}

/// One crate of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crate {
    pub name: String,
    pub dependencies: Vec<Dependency>,
    pub manifest: String,
    /// The first files of its library and its programs, relative to the workspace.
    pub roots: Vec<PathBuf>,
}

/// One file that somebody wrote, relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    pub text: String,
}

/// All that the rules look at.
#[derive(Debug)]
pub struct Workspace {
    pub crates: Vec<Crate>,
    pub files: Vec<SourceFile>,
}

/// The languages whose files are looked at.
const EXTENSIONS: [&str; 4] = ["rs", "ts", "svelte", "py"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Declared>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Declared {
    name: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Workspace {
    /// Reads the workspace that this crate belongs to.
    pub fn read() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()?;
        let output = run(
            &root,
            "cargo",
            &[
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--offline",
            ],
        )?;
        let metadata: Metadata = serde_json::from_slice(&output)?;
        let crates = metadata
            .packages
            .into_iter()
            .map(|package| read_crate(&root, package))
            .collect::<Result<_>>()?;
        Ok(Self {
            crates,
            files: read_files(&root)?,
        })
    }
}

fn read_crate(root: &Path, package: Package) -> Result<Crate> {
    let is_root = |target: &Target| {
        target
            .kind
            .iter()
            .any(|kind| kind == "lib" || kind == "bin")
    };
    let relative = |path: &Path| path.strip_prefix(root).map(Path::to_owned);
    let roots = package
        .targets
        .iter()
        .filter(|target| is_root(target))
        .map(|target| relative(&target.src_path))
        .collect::<Result<_, _>>()?;
    let dependency = |declared: Declared| Dependency {
        name: declared.name,
        kind: match declared.kind.as_deref() {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        },
    };
    Ok(Crate {
        name: package.name,
        dependencies: package.dependencies.into_iter().map(dependency).collect(),
        manifest: std::fs::read_to_string(&package.manifest_path)?,
        roots,
    })
}

/// Every file that is in the repository, or that would be with the next commit.
fn read_files(root: &Path) -> Result<Vec<SourceFile>> {
    let listing = run(
        root,
        "git",
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    )?;
    let listing = String::from_utf8(listing)?;
    let mut files = Vec::new();
    for path in listing.split_terminator('\0').map(PathBuf::from) {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_source = extension.is_some_and(|extension| EXTENSIONS.contains(&extension));
        // A file that was deleted and not committed yet is still listed.
        if is_source && root.join(&path).is_file() {
            let text = std::fs::read_to_string(root.join(&path))
                .with_context(|| path.display().to_string())?;
            files.push(SourceFile { path, text });
        }
    }
    ensure!(!files.is_empty(), "git lists no source files");
    Ok(files)
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .with_context(|| format!("{program} cannot be started"))?;
    ensure!(
        output.status.success(),
        "{program} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

#[cfg(test)]
impl Crate {
    /// A made-up crate for a rule's own tests.
    pub(crate) fn made_up(name: &str, dependencies: &[(&str, Kind)]) -> Self {
        let dependency = |(name, kind): &(&str, Kind)| Dependency {
            name: (*name).to_owned(),
            kind: *kind,
        };
        Self {
            name: name.to_owned(),
            dependencies: dependencies.iter().map(dependency).collect(),
            manifest: String::new(),
            roots: Vec::new(),
        }
    }
}

#[cfg(test)]
impl SourceFile {
    /// A made-up file for a rule's own tests.
    pub(crate) fn made_up(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.to_owned(),
        }
    }
}
