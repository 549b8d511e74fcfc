//! Types that derive `Value`, with a library in C.

use wasi_program::{Error, ErrorKind, Value, wasi_program};

#[derive(Debug, Clone, Copy, PartialEq, Value)]
struct Point {
    x: f32,
    y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Value)]
enum Color {
    Red,
    Green,
    Blue,
}

#[derive(Debug, Clone, PartialEq, Value)]
enum Shape {
    Empty,
    Circle(f64),
    Rectangle(Point),
    Label { text: String, color: Color },
}

#[derive(Debug, Clone, PartialEq, Eq, Value)]
struct Word<Text> {
    text: Text,
    count: u32,
}

/// This type can be passed, but not returned.
#[derive(Value)]
struct Sentence<'a>(&'a str);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Value)]
#[value(flags)]
struct Style {
    bold: bool,
    italic: bool,
    underlined: bool,
    struck: bool,
    small: bool,
    large: bool,
    r#type: bool,
    raised: bool,
    lowered: bool,
}

#[wasi_program("guests/shapes.wasm")]
trait Shapes {
    fn mirror(&mut self, point: Point) -> Result<Point, Error>;
    fn next(&mut self, color: Color) -> Result<Color, Error>;
    fn toggle(&mut self, style: &Style) -> Result<Style, Error>;
    fn twice(&mut self, shape: &Shape) -> Result<Shape, Error>;
    fn strange(&mut self) -> Result<Shape, Error>;
    fn count(&mut self, sentence: Sentence<'_>) -> Result<Vec<Word<String>>, Error>;
    fn sum(&mut self, points: &[Point]) -> Result<f64, Error>;
    fn allocated(&mut self) -> Result<i32, Error>;
}

fn new() -> ShapesInstance {
    ShapesInstance::new().unwrap()
}

#[test]
fn a_struct_is_a_structure_of_c() {
    let mut library = new();
    let point = Point { x: 1.5, y: -2.0 };
    let mirrored = Point { x: -2.0, y: 1.5 };
    assert_eq!(library.mirror(point).unwrap(), mirrored);
    assert_eq!(library.sum(&[point, mirrored]).unwrap(), -1.0);
    assert_eq!(library.allocated().unwrap(), 0);
}

#[test]
fn an_enum_without_fields_is_a_number() {
    let mut library = new();
    for (color, next) in [
        (Color::Red, Color::Green),
        (Color::Green, Color::Blue),
        (Color::Blue, Color::Red),
    ] {
        assert_eq!(library.next(color).unwrap(), next);
    }
}

#[test]
fn an_enum_with_fields_is_a_number_and_a_union() {
    let mut library = new();
    let label = |text: &str, color| Shape::Label {
        text: text.to_owned(),
        color,
    };
    for (shape, twice) in [
        (Shape::Empty, Shape::Empty),
        (Shape::Circle(2.5), Shape::Circle(5.0)),
        (
            Shape::Rectangle(Point { x: 1.0, y: 2.0 }),
            Shape::Rectangle(Point { x: 2.0, y: 4.0 }),
        ),
        (label("ab", Color::Green), label("abab", Color::Blue)),
    ] {
        assert_eq!(library.twice(&shape).unwrap(), twice);
    }
    assert_eq!(library.allocated().unwrap(), 0);
}

#[test]
fn a_case_that_does_not_exist_is_an_error() {
    let mut library = new();
    let error = library.strange().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
    assert_eq!(
        format!("{error:#}"),
        "the result of `strange` in `shapes` cannot be read: there is no case with the number 7: the type has 4 cases"
    );
    assert_eq!(library.allocated().unwrap(), 0);
}

#[test]
fn flags_are_bits_from_the_least_significant_one() {
    let mut library = new();
    let none = Style::default();
    let all = library.toggle(&none).unwrap();
    assert!(all.bold && all.italic && all.raised && all.lowered);
    let style = Style {
        bold: true,
        raised: true,
        ..none
    };
    let rest = Style {
        bold: false,
        raised: false,
        ..all
    };
    assert_eq!(library.toggle(&style).unwrap(), rest);
    assert_eq!(library.toggle(&rest).unwrap(), style);
}

#[test]
fn a_list_of_structs_with_strings_is_returned_and_freed() {
    let mut library = new();
    let words = library.count(Sentence("one two  one ")).unwrap();
    let word = |text: &str, count| Word {
        text: text.to_owned(),
        count,
    };
    assert_eq!(words, [word("one", 1), word("two", 1), word("one", 2)]);
    assert_eq!(library.allocated().unwrap(), 0);
}
