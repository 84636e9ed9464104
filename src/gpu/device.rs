//! The adapter and its device.

use std::sync::{Arc, OnceLock};

use crate::Error;

/// A device with its queue. One can serve several backends, one after the other.
#[derive(Debug, Clone)]
pub struct Device {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    /// What it failed of first. WebGPU reports out of band: nothing that allocates or submits returns an error.
    failure: Arc<OnceLock<String>>,
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
        let failure = Arc::new(OnceLock::new());
        // Errors of validation and want of memory: nobody else asks for them.
        let uncaptured = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let _ = uncaptured.set(error.to_string());
        }));
        let lost = Arc::clone(&failure);
        device.set_device_lost_callback(move |reason, message| {
            let _ = lost.set(format!("the device was lost ({reason:?}): {message}"));
        });
        Ok(Device { device, queue, info: adapter.get_info(), failure })
    }

    /// Whether all is well so far. What a reading tells is true only if it still is after the reading.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.failure.get() {
            Some(reason) => Err(Error::GpuFailed { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Ends it, and gives its memory back.
    pub fn destroy(&self) {
        self.device.destroy();
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
