//! Types that derive `Value`.

use super::*;
use crate::Value;

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
pub(super) struct Point {
    x: f32,
    y: f64,
}

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
pub(super) enum Color {
    Red,
    #[value(name = "leaf-green")]
    Green,
    VeryBlue,
}

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
pub(super) enum Shape {
    Empty,
    Circle(f64),
    Pair(u8, Point),
    Label { text: String, color: Color },
    Unit(()),
}

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
pub(super) struct Word<Text> {
    text: Text,
    count_of: u32,
}

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
struct Meters(f64);

#[derive(Debug, Clone, PartialEq, Value)]
#[value(crate = crate)]
struct Pair<T, U>(T, U);

#[derive(Debug, Clone, Default, PartialEq, Value)]
#[value(crate = crate, flags)]
pub(super) struct Style {
    bold: bool,
    italic: bool,
    underlined: bool,
}

#[derive(Value)]
#[value(crate = crate)]
struct Borrowed<'a> {
    text: &'a str,
    rest: &'a [u8],
}

#[test]
fn derived_values_come_back_as_they_were() {
    let point = Point { x: 1.5, y: -2.0 };
    assert_round_trips![
        point.clone(),
        vec![point.clone(), point.clone()],
        Color::Red,
        Color::VeryBlue,
        Shape::Empty,
        Shape::Circle(0.5),
        Shape::Pair(7, point),
        Shape::Label {
            text: "text".to_owned(),
            color: Color::Green
        },
        Shape::Unit(()),
        Word {
            text: "text".to_owned(),
            count_of: 3
        },
        Meters(2.5),
        Pair(1_u8, "x".to_owned()),
        Style::default(),
        Style {
            italic: true,
            ..Style::default()
        },
        Some(Style {
            bold: true,
            underlined: true,
            ..Style::default()
        }),
    ];
}

#[test]
fn derived_types_have_the_names_of_the_component_model() {
    const F32: &crate::values::Shape = &crate::values::Shape::F32;
    let field = |name, shape| Field { name, shape };
    assert!(matches!(Point::SHAPE, crate::values::Shape::Record([x, y])
        if *x == field("x", F32) && y.name == "y"));
    assert!(
        matches!(Word::<u8>::SHAPE, crate::values::Shape::Record([_, count])
        if count.name == "count-of")
    );
    assert!(
        matches!(Color::SHAPE, crate::values::Shape::Variant([red, green, blue])
        if [red.name, green.name, blue.name] == ["red", "leaf-green", "very-blue"])
    );
    assert!(matches!(
        Style::SHAPE,
        crate::values::Shape::Flags(["bold", "italic", "underlined"])
    ));
    assert_eq!(Meters::SHAPE, f64::SHAPE);
    assert_eq!(Pair::<u8, char>::SHAPE, <(u8, char)>::SHAPE);
}

#[test]
fn a_type_with_a_lifetime_is_passed() {
    let mut guest = Bytes::new();
    let control = control();
    let mut lowered = Lowered::default();
    let mut lowering = Lowering::new(&mut guest, &mut lowered, &control);
    let value = Borrowed {
        text: "ab",
        rest: &[1, 2, 3],
    };
    crossed(value.lower(&mut lowering)).unwrap();
    let values = lowered.values;
    assert_eq!((values[1], values[3]), (2, 3));
}
