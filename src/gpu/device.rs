//! The adapter and its device.

use crate::Error;

/// A device with its queue. One can serve several backends, one after the other.
#[derive(Debug, Clone)]
pub struct Device {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
}

impl Device {
    /// Asks for the fast adapter, and for a device with WebGPU's default limits, so that what runs here runs everywhere.
    ///
    /// # Errors
    /// [`Error::NoGpu`] with the reason.
    pub async fn open() -> Result<Self, Error> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let no_gpu = |reason: String| Error::NoGpu { reason };
        let adapter = instance.request_adapter(&options).await.map_err(|error| no_gpu(error.to_string()))?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("sumi"),
            required_limits: wgpu::Limits::default(),
            ..Default::default()
        };
        let (device, queue) =
            adapter.request_device(&descriptor).await.map_err(|error| no_gpu(error.to_string()))?;
        Ok(Device { device, queue, info: adapter.get_info() })
    }

    /// The adapter's name, as its driver has it; browsers hide it.
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// Whether it only plays a GPU, on the processor.
    pub fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }
}
