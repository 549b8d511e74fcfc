//! The paths at which a program sees directories.
//!
//! Repeated and trailing slashes and `.` components do not distinguish two paths. `..` is not
//! resolved: in a path of a mount, it is a name like any other.

/// Reports whether two paths name the same directory.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    one.starts_with('/') == other.starts_with('/') && components(one).eq(components(other))
}

/// Returns the shortest spelling of a path: `/a` for `/a/` and `//a/.`, and `.` for a relative
/// path without components.
#[must_use]
pub fn normalise(path: &str) -> String {
    let absolute = absolute(path);
    match (path.starts_with('/'), &absolute[1..]) {
        (true, _) => absolute,
        (false, "") => ".".to_owned(),
        (false, relative) => relative.to_owned(),
    }
}

/// Returns the shortest spelling of a path that is resolved from the root, as programs built
/// with wasi-libc of 2021 or later resolve relative paths: `/` for `.`, and `/data` for `data`.
#[must_use]
pub fn absolute(path: &str) -> String {
    let components: Vec<&str> = components(path).collect();
    format!("/{}", components.join("/"))
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

#[cfg(test)]
mod tests {
    use super::{absolute, is_same, normalise};

    /// Paths with their shortest spellings, as they are and from the root.
    const PATHS: &[(&str, &str, &str)] = &[
        ("/a", "/a", "/a"),
        ("/a/", "/a", "/a"),
        ("/a/.", "/a", "/a"),
        ("//a//b", "/a/b", "/a/b"),
        ("/", "/", "/"),
        ("/.", "/", "/"),
        (".", ".", "/"),
        ("./", ".", "/"),
        ("./a", "a", "/a"),
        ("a", "a", "/a"),
        ("a/..", "a/..", "/a/.."),
    ];

    #[test]
    fn each_path_has_one_spelling() {
        for (path, normal, from_root) in PATHS {
            assert_eq!(normalise(path), *normal, "{path}");
            assert_eq!(absolute(path), *from_root, "{path}");
        }
    }

    #[test]
    fn paths_are_the_same_if_their_spellings_are() {
        for (one, normal, _) in PATHS {
            for (other, other_normal, _) in PATHS {
                assert_eq!(is_same(one, other), normal == other_normal, "{one} {other}");
            }
        }
    }
}
