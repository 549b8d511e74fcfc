//! Three packages of `itkwasm`: pipelines of medical imaging, with their inputs and outputs in
//! memory.

use std::time::Duration;

use wasi_program::{Command, Error, Mount, wasi_program};

/// Declares a pipeline, whose functions all have the same names.
macro_rules! pipeline {
    ($module:literal, $trait:ident) => {
        #[allow(dead_code, reason = "no pipeline needs all of them")]
        #[wasi_program($module, timeout = "1min")]
        trait $trait {
            fn itk_wasm_input_array_alloc(
                &mut self,
                memory: u32,
                index: u32,
                sub_index: u32,
                size: u32,
            ) -> Result<u32, Error>;
            fn itk_wasm_input_json_alloc(
                &mut self,
                memory: u32,
                index: u32,
                size: u32,
            ) -> Result<u32, Error>;
            fn itk_wasm_delayed_start(&mut self) -> Result<i32, Error>;
            fn itk_wasm_output_array_address(
                &mut self,
                memory: u32,
                index: u32,
                sub_index: u32,
            ) -> Result<u32, Error>;
            fn itk_wasm_output_array_size(
                &mut self,
                memory: u32,
                index: u32,
                sub_index: u32,
            ) -> Result<u32, Error>;
            fn itk_wasm_output_json_address(
                &mut self,
                memory: u32,
                index: u32,
            ) -> Result<u32, Error>;
            fn itk_wasm_output_json_size(&mut self, memory: u32, index: u32) -> Result<u32, Error>;
        }
    };
}

pipeline!(
    "packages/itkwasm_compress_stringify_wasi/wasm_modules/compress-stringify.wasi.wasm",
    Compress
);
pipeline!(
    "packages/itkwasm_downsample_wasi/wasm_modules/gaussian-kernel-radius.wasi.wasm",
    KernelRadius
);
pipeline!(
    "packages/itkwasm_image_io_wasi/wasm_modules/png-read-image.wasi.wasm",
    ReadPng
);

/// `len` bytes of the memory, which a pipeline says are at `address`.
fn bytes(memory: &[u8], address: u32, len: u32) -> Vec<u8> {
    memory[address as usize..][..len as usize].to_vec()
}

fn json(memory: &[u8], address: u32, len: u32) -> serde_json::Value {
    serde_json::from_slice(&bytes(memory, address, len)).unwrap()
}

fn with_args(mut command: Command, args: &[&str]) -> Command {
    command.arg("--memory-io").args(args);
    command.timeout(Duration::from_secs(60));
    command
}

#[test]
fn bytes_are_compressed() {
    let options = ["--stringify", "--compression-level", "5"];
    let args: Vec<&str> = ["0", "0"].into_iter().chain(options).collect();
    let mut command = with_args(CompressInstance::command(), &args);
    let mut pipeline = CompressInstance::from_command(&mut command).unwrap();
    let input = "a pipeline of medical imaging ".repeat(1000);
    let len = input.len() as u32;
    let array = pipeline.itk_wasm_input_array_alloc(0, 0, 0, len).unwrap();
    pipeline.memory_mut()[array as usize..][..input.len()].copy_from_slice(input.as_bytes());
    let description = serde_json::json!({
        "size": len,
        "data": format!("data:application/vnd.itk.address,0:{array}"),
    })
    .to_string();
    let place = pipeline
        .itk_wasm_input_json_alloc(0, 0, description.len() as u32)
        .unwrap();
    pipeline.memory_mut()[place as usize..][..description.len()]
        .copy_from_slice(description.as_bytes());

    assert_eq!(pipeline.itk_wasm_delayed_start().unwrap(), 0);
    let address = pipeline.itk_wasm_output_array_address(0, 0, 0).unwrap();
    let size = pipeline.itk_wasm_output_array_size(0, 0, 0).unwrap();
    let output = String::from_utf8(bytes(pipeline.memory(), address, size)).unwrap();
    assert!(
        output.starts_with("data:base64,") || output.starts_with("data:"),
        "{output}"
    );
    assert!(output.len() < input.len() / 10, "{} bytes", output.len());
}

#[test]
fn the_radius_of_a_kernel_is_computed() {
    let args = ["0", "--size", "64", "64", "--sigma", "2.0", "4.0"];
    let mut command = with_args(KernelRadiusInstance::command(), &args);
    let mut pipeline = KernelRadiusInstance::from_command(&mut command).unwrap();
    assert_eq!(pipeline.itk_wasm_delayed_start().unwrap(), 0);
    let address = pipeline.itk_wasm_output_array_address(0, 0, 0).unwrap();
    let size = pipeline.itk_wasm_output_array_size(0, 0, 0).unwrap();
    let radius = json(pipeline.memory(), address, size);
    let radius: Vec<u64> = serde_json::from_value(radius).unwrap();
    assert_eq!(radius.len(), 2);
    assert!(0 < radius[0] && radius[0] < radius[1], "{radius:?}");
}

#[test]
fn the_pixels_of_a_picture_are_read() {
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, 3, 2);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[1, 2, 3, 250, 251, 252]).unwrap();
    writer.finish().unwrap();

    let mut command = with_args(ReadPngInstance::command(), &["/in/a.png", "0", "1"]);
    command.map_dir("/in", Mount::memory().file("a.png", picture));
    let mut pipeline = ReadPngInstance::from_command(&mut command).unwrap();
    assert_eq!(pipeline.itk_wasm_delayed_start().unwrap(), 0);
    let address = pipeline.itk_wasm_output_json_address(0, 1).unwrap();
    let size = pipeline.itk_wasm_output_json_size(0, 1).unwrap();
    let image = json(pipeline.memory(), address, size);
    assert_eq!(image["size"], serde_json::json!([3, 2]), "{image}");
    let address = pipeline.itk_wasm_output_array_address(0, 1, 0).unwrap();
    let size = pipeline.itk_wasm_output_array_size(0, 1, 0).unwrap();
    let pixels = bytes(pipeline.memory(), address, size);
    assert_eq!(pixels, [1, 2, 3, 250, 251, 252]);
}
