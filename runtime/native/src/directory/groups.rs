//! Groups with one member.
//!
//! Many systems give each user a private group, and let it write to all files that the user
//! creates (`umask 002`). Only the user can change such a directory as long as the group has
//! no other member.

use std::fs;

/// Reports whether this user is the only member of the group, by the files that list users and
/// groups. A group that only another source lists counts as one with other members. So does
/// the group of root, because membership in it is often assigned by number.
pub(super) fn is_of_one_user(group: u32, user: u32) -> bool {
    let read = |path| fs::read_to_string(path).ok();
    match (read("/etc/passwd"), read("/etc/group")) {
        (Some(users), Some(groups)) => has_one_member(group, user, &users, &groups),
        _ => false,
    }
}

/// Reports the same from the content of passwd(5) and group(5).
fn has_one_member(group: u32, user: u32, users: &str, groups: &str) -> bool {
    if user == 0 || group == 0 {
        return false;
    }
    let mut names = Vec::new();
    for line in users.lines() {
        let mut fields = line.split(':');
        let (Some(name), Some(uid), Some(gid)) = (fields.next(), fields.nth(1), fields.next())
        else {
            continue;
        };
        if number(uid) == Some(user) {
            names.push(name);
        } else if number(gid) == Some(group) {
            return false;
        }
    }
    let mut is_known = false;
    for line in groups.lines() {
        let mut fields = line.split(':').skip(2);
        let (Some(gid), Some(members)) = (fields.next(), fields.next()) else {
            continue;
        };
        if number(gid) == Some(group) {
            let mut members = members.split(',').map(str::trim);
            if !members.all(|member| member.is_empty() || names.contains(&member)) {
                return false;
            }
            is_known = true;
        }
    }
    is_known && !names.is_empty()
}

fn number(field: &str) -> Option<u32> {
    field.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::has_one_member;

    const USERS: &str = "root:x:0:0::/root:/bin/sh
ann:x:1000:1000::/home/ann:/bin/sh
ben:x:1001:1001::/home/ben:/bin/sh
cy:x:1002:50::/home/cy:/bin/sh
damaged
";

    #[test]
    fn a_group_of_one_user_has_no_other_member() {
        for (groups, is_private) in [
            ("ann:x:1000:\n", true),
            ("ann:x:1000:ann", true),
            ("ann:x:1000:ann,ben\n", false),
            ("ann:x:1000:ben\n", false),
            // A name that is not listed may be a user of another source.
            ("ann:x:1000:dan\n", false),
            // The same number is listed twice.
            ("ann:x:1000:\nteam:x:1000:ben\n", false),
            ("ben:x:1001:\n", false),
            ("damaged\nann:x:1000\n", false),
            ("", false),
        ] {
            let found = has_one_member(1000, 1000, USERS, groups);
            assert_eq!(found, is_private, "{groups:?}");
        }
    }

    #[test]
    fn a_primary_group_of_another_user_has_another_member() {
        let groups = "staff:x:50:\nben:x:1001:\nroot:x:0:\n";
        assert!(!has_one_member(50, 1000, USERS, groups));
        assert!(has_one_member(50, 1002, USERS, groups));
        assert!(!has_one_member(1001, 1000, USERS, groups));
    }

    #[test]
    fn the_group_of_root_and_groups_of_unlisted_users_count_as_shared() {
        let groups = "root:x:0:\nother:x:7000:\n";
        assert!(!has_one_member(0, 0, USERS, groups));
        assert!(!has_one_member(0, 1000, USERS, groups));
        assert!(!has_one_member(7000, 7000, USERS, groups));
    }
}
