//! From the table of kernels to pipelines, and from roles to bind groups.

use std::borrow::Cow;

use super::device::Device;
use super::kernels::{Access, Kernel, Role};
use super::tile::Tile;
use super::uniforms::Step;

/// Steps' uniforms lie this far apart: WebGPU's default alignment of dynamic offsets.
pub(crate) const STEP_STRIDE: usize = 256;

/// A kernel, ready to run.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) kernel: &'static Kernel,
    pub(crate) tile: Option<Tile>,
    layout: wgpu::BindGroupLayout,
    pub(crate) pipeline: wgpu::ComputePipeline,
}

impl Pipeline {
    /// Compiles `kernel`, with its tile where it has one.
    pub(crate) fn new(Device { device, .. }: &Device, kernel: &'static Kernel, tile: Option<Tile>) -> Self {
        let label = kernel.label();
        let entries: Vec<wgpu::BindGroupLayoutEntry> = kernel
            .all_bindings()
            .map(|(role, access)| wgpu::BindGroupLayoutEntry {
                binding: role as u32,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match access {
                        Access::Uniform => wgpu::BufferBindingType::Uniform,
                        Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
                        Access::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
                    },
                    has_dynamic_offset: role == Role::Step,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(&label),
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(Cow::Borrowed(kernel.source)),
        });
        let constants = tile.map(|tile| tile.constants());
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(kernel.name),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: constants.as_ref().map_or(&[], |constants| constants),
                ..Default::default()
            },
            cache: None,
        });
        Pipeline { kernel, tile, layout, pipeline }
    }

    /// Binds the buffers of the roles that the kernel uses.
    pub(crate) fn bind(
        &self,
        Device { device, .. }: &Device,
        buffer: impl Fn(Role) -> wgpu::Buffer,
    ) -> wgpu::BindGroup {
        let buffers: Vec<(Role, wgpu::Buffer)> =
            self.kernel.all_bindings().map(|(role, _)| (role, buffer(role))).collect();
        let entries: Vec<wgpu::BindGroupEntry<'_>> = buffers
            .iter()
            .map(|(role, buffer)| wgpu::BindGroupEntry {
                binding: *role as u32,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer,
                    offset: 0,
                    // One step of many, at the dynamic offset.
                    size: (*role == Role::Step)
                        .then(|| std::num::NonZero::new(size_of::<Step>() as u64))
                        .flatten(),
                }),
            })
            .collect();
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&self.kernel.label()),
            layout: &self.layout,
            entries: &entries,
        })
    }
}
