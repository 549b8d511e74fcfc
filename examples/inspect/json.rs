//! The report that programs read.

use serde_json::{Value, json};
use wasmparser::MemoryType;

use crate::facts::{Facts, Type};
use crate::imports::Imports;
use crate::largest::largest;
use crate::rust::Methods;
use crate::sections::Section;
use crate::signature::signature;
use crate::types::page_size;
use crate::version::Wasi;
use crate::wrapper::Wrapper;

/// All that there is to say, as one object on one line, in ASCII.
pub(crate) fn report(facts: &Facts<'_>, wrapper: &Wrapper) -> String {
    let (code, notes, obstacles) = match wrapper {
        Wrapper::Code { code, notes } => (Some(code), &notes[..], &[][..]),
        Wrapper::None(obstacles) => (None, &[][..], &obstacles[..]),
    };
    let report = json!({
        "version": Wasi::of(facts).key(),
        "imports": imports(facts),
        "exports": exports(facts),
        "memories": memories(facts),
        "data": { "bytes": facts.data.bytes, "segments": facts.data.segments },
        "size": size(facts),
        "functions": functions(facts),
        "wrapper": code,
        "notes": notes,
        "obstacles": obstacles,
    });
    ascii(&report.to_string()) + "\n"
}

fn imports(facts: &Facts<'_>) -> Value {
    let imports = Imports::of(facts);
    let mut object: serde_json::Map<String, Value> = imports
        .by_capability()
        .into_iter()
        .map(|(capability, functions)| (capability.to_owned(), json!(functions)))
        .collect();
    let host = imports.host.iter().map(|import| {
        let mut host = described(&facts.import_type(import));
        host["namespace"] = json!(import.module);
        host["name"] = json!(import.name);
        host
    });
    object.insert("host".to_owned(), host.collect());
    Value::Object(object)
}

fn exports(facts: &Facts<'_>) -> Value {
    let methods = Methods::of(facts);
    let exports = facts.exports.iter().map(|export| {
        let ty = facts.export_type(export);
        let mut object = described(&ty);
        object["name"] = json!(export.name);
        if let Type::Function(function) = ty {
            let method = methods.method(export.name, export.index, function);
            object["rust"] = json!(method.ok().map(|method| method.to_string()));
        }
        object
    });
    exports.collect()
}

/// Returns the description of a type.
fn described(ty: &Type<'_>) -> Value {
    match ty {
        Type::Function(function) => json!({ "kind": "function", "type": signature(function) }),
        Type::Memory(ty) => {
            let mut object = memory(ty);
            object["kind"] = json!("memory");
            object
        }
        Type::Table(ty) => json!({
            "kind": "table",
            "type": ty.element_type.to_string(),
            "minimum": ty.initial,
            "maximum": ty.maximum,
        }),
        Type::Global(ty) => json!({
            "kind": "global",
            "type": ty.content_type.to_string(),
            "mutable": ty.mutable,
        }),
        Type::Tag => json!({ "kind": "tag" }),
    }
}

fn memory(ty: &MemoryType) -> Value {
    // More than a number of JSON holds is a memory that nobody has.
    let bytes = |pages: u64| u64::try_from(u128::from(pages) * page_size(ty)).ok();
    json!({
        "minimum": { "pages": ty.initial, "bytes": bytes(ty.initial) },
        "maximum": ty.maximum.map(|most| json!({ "pages": most, "bytes": bytes(most) })),
        "shared": ty.shared,
        "64-bit": ty.memory64,
    })
}

fn memories(facts: &Facts<'_>) -> Value {
    let memories = facts.memories.iter().enumerate().map(|(place, ty)| {
        let mut object = memory(ty);
        object["imported"] = json!(place < facts.imported.memories);
        object
    });
    memories.collect()
}

fn size(facts: &Facts<'_>) -> Value {
    let sections = facts.sections.by_size().into_iter().map(|(section, size)| {
        let (name, is_custom) = match section {
            Section::Standard(name) => (name, false),
            Section::Custom(name) => (name, true),
            Section::Headers => ("headers", false),
        };
        let percent = facts.sections.percent(size);
        json!({ "name": name, "custom": is_custom, "bytes": size, "percent": percent })
    });
    let sections: Vec<Value> = sections.collect();
    json!({ "total": facts.sections.total(), "sections": sections })
}

fn functions(facts: &Facts<'_>) -> Value {
    let largest = largest(facts).into_iter().map(|function| {
        json!({ "name": function.name, "index": function.index, "bytes": function.size })
    });
    let largest: Vec<Value> = largest.collect();
    json!({
        "imported": facts.imported.functions,
        "defined": facts.bodies.len(),
        "largest": largest,
    })
}

/// The same JSON without what a terminal might obey: all that is not ASCII stands within
/// strings, where it can be escaped.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}
