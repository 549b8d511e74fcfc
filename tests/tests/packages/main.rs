//! Libraries that nobody here wrote, from packages that `tests/packages.sh` fetches: each in the
//! trait form, by the convention that its authors chose. Those that are absent are skipped.

#[cfg(has_graphviz)]
mod graphviz;
#[cfg(has_itkwasm)]
mod itkwasm;
#[cfg(has_quickjs)]
mod quickjs;
#[cfg(has_reactor)]
mod reactor;
#[cfg(has_pii_shield)]
mod redaction;

#[cfg(not(all(has_graphviz, has_itkwasm, has_quickjs, has_reactor, has_pii_shield)))]
#[test]
#[cfg_attr(
    not(requires_all),
    ignore = "a package is not there: tests/packages.sh fetches it"
)]
fn all_packages_are_there() {
    tests::required::skipped("a package is not there: tests/packages.sh fetches it");
}
