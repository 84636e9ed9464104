//! Every shader as it is put together, through naga: it parses and validates, translates to what Metal, Direct3D and Vulkan take
//! (no such machine is needed), and binds what the table of kernels says.

#![cfg(not(target_arch = "wasm32"))]

use naga::back::{self, pipeline_constants::process_overrides};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ShaderStage, StorageAccess};
use sumi::gpu::kernels::{Access, KERNELS, Kernel};
use sumi::gpu::tile::Tile;
use sumi::gpu::uniforms;

/// WebGPU's default limit of storage buffers a stage.
const MAX_STORAGE_BUFFERS: usize = 8;

fn parse(kernel: &Kernel) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(kernel.source)
        .unwrap_or_else(|error| panic!("{}: {}", kernel.label(), error.emit_to_string(kernel.source)));
    // No capability beyond WebGPU's own.
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}: {}", kernel.label(), error.emit_to_string(kernel.source)));
    (module, info)
}

#[test]
fn shaders_are_valid_and_named_as_their_kernels() {
    for kernel in KERNELS {
        let (module, _) = parse(kernel);
        let [entry] = &module.entry_points[..] else {
            panic!("{}: {} entry points", kernel.label(), module.entry_points.len())
        };
        assert_eq!((entry.name.as_str(), entry.stage), (kernel.name, ShaderStage::Compute));
    }
}

#[test]
fn shaders_bind_what_the_table_says() {
    for kernel in KERNELS {
        let (module, info) = parse(kernel);
        let entry = info.get_entry_point(0);
        let mut found: Vec<(u32, Access)> = module
            .global_variables
            .iter()
            .filter_map(|(handle, variable)| {
                let binding = variable.binding?;
                assert_eq!(binding.group, 0, "{}", kernel.label());
                // A binding that is declared but never used would be missing from the browser's own layout.
                assert!(!entry[handle].is_empty(), "{}: {:?} is not used", kernel.label(), variable.name);
                let access = match variable.space {
                    AddressSpace::Uniform => Access::Uniform,
                    AddressSpace::Storage { access } if access.contains(StorageAccess::STORE) => {
                        Access::ReadWrite
                    }
                    AddressSpace::Storage { .. } => Access::Read,
                    space => panic!("{}: {space:?}", kernel.label()),
                };
                Some((binding.binding, access))
            })
            .collect();
        found.sort_by_key(|(binding, _)| *binding);
        let mut table: Vec<(u32, Access)> =
            kernel.all_bindings().map(|(role, access)| (role as u32, access)).collect();
        table.sort_by_key(|(binding, _)| *binding);
        assert_eq!(found, table, "{}", kernel.label());
        let storage = table.iter().filter(|(_, access)| *access != Access::Uniform).count();
        assert!(storage <= MAX_STORAGE_BUFFERS, "{}: {storage} storage buffers", kernel.label());
    }
}

#[test]
fn uniforms_are_the_same_in_rust_and_wgsl() {
    for kernel in KERNELS {
        let (module, _) = parse(kernel);
        for (name, size) in [("Step", size_of::<uniforms::Step>()), ("Layer", size_of::<uniforms::Layer>())] {
            let (_, ty) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name)).unwrap();
            let naga::TypeInner::Struct { members, span } = &ty.inner else { panic!("{name} is a struct") };
            assert_eq!(*span as usize, size, "{name}");
            // All fields are words, so they cannot lie elsewhere; their names are compared with the Rust source.
            let source = include_str!("../src/gpu/uniforms.rs");
            let body = &source[source.find(&format!("pub struct {name} {{")).unwrap()..];
            let body = &body[..body.find("\n}").unwrap()];
            let fields: Vec<(&str, &str)> = body
                .lines()
                .filter_map(|line| line.trim().strip_prefix("pub ")?.strip_suffix(',')?.split_once(": "))
                .collect();
            let wgsl: Vec<(&str, &str)> = members
                .iter()
                .map(|member| {
                    let scalar = module.types[member.ty].inner.scalar().unwrap();
                    let ty = if scalar == naga::Scalar::U32 { "u32" } else { "f32" };
                    (member.name.as_deref().unwrap(), ty)
                })
                .collect();
            assert_eq!(fields, wgsl, "{name}");
        }
    }
}

#[test]
fn shaders_translate_to_every_platform() {
    for kernel in KERNELS {
        let (module, info) = parse(kernel);
        let entry_point = (ShaderStage::Compute, kernel.name);
        for tile in Tile::ALL {
            // Those of matmul.wgsl, and no more than a kernel has; the others have no tile.
            let is_tiled = module.overrides.iter().next().is_some();
            let constants = tile.constants().map(|(name, value)| (name.to_owned(), value));
            let constants = back::PipelineConstants::from_iter(constants.into_iter().filter(|_| is_tiled));
            let (module, info) = process_overrides(&module, &info, Some(entry_point), &constants).unwrap();
            let label = kernel.label();

            let pipeline = back::msl::PipelineOptions::default();
            let options = back::msl::Options { fake_missing_bindings: true, ..Default::default() };
            let (msl, _) = back::msl::write_string(&module, &info, &options, &pipeline)
                .unwrap_or_else(|error| panic!("{label}: MSL: {error}"));
            assert!(msl.contains(&format!("kernel void {}", kernel.name)), "{label}: {msl}");

            let options = back::hlsl::Options { fake_missing_bindings: true, ..Default::default() };
            let pipeline = back::hlsl::PipelineOptions::default();
            let mut hlsl = String::new();
            back::hlsl::Writer::new(&mut hlsl, &options, &pipeline)
                .write(&module, &info, None)
                .unwrap_or_else(|error| panic!("{label}: HLSL: {error}"));
            assert!(hlsl.contains(&format!("void {}(", kernel.name)), "{label}: {hlsl}");

            let options = back::spv::Options { fake_missing_bindings: true, ..Default::default() };
            let spirv = back::spv::write_vec(&module, &info, &options, None)
                .unwrap_or_else(|error| panic!("{label}: SPIR-V: {error}"));
            assert_eq!(spirv[0], 0x0723_0203, "{label}: SPIR-V's magic number");
        }
    }
}
