//! The buffers, one a role, and the way back from them.

use bytemuck::Pod;
use futures_channel::oneshot;

use super::device::Device;
use crate::Error;
use crate::data::Dataset;

/// Makes a storage buffer of `elements` words, zeros at first.
pub(crate) fn storage(Device { device, .. }: &Device, label: &str, elements: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        // WebGPU binds no empty buffer.
        size: (elements.max(1) * 4) as u64,
        usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Makes a uniform buffer of `size_bytes`.
pub(crate) fn uniform(Device { device, .. }: &Device, label: &str, size_bytes: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: size_bytes as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// Makes a buffer that the processor reads.
pub(crate) fn staging(Device { device, .. }: &Device, size_bytes: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("staging"),
        size: size_bytes as u64,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// A dataset on the GPU.
#[derive(Debug, Clone)]
pub(crate) struct Resident {
    pub id: u64,
    /// Four pixels to a word, 196 words an image.
    pub images: wgpu::Buffer,
    /// A word each.
    pub labels: wgpu::Buffer,
}

impl Resident {
    pub(crate) fn new(device: &Device, dataset: &Dataset) -> Self {
        let images = storage(device, "images", dataset.images().len() / 4);
        device.queue.write_buffer(&images, 0, dataset.images());
        let words: Vec<u32> = dataset.labels().iter().map(|&label| u32::from(label)).collect();
        let labels = storage(device, "labels", words.len());
        device.queue.write_buffer(&labels, 0, bytemuck::cast_slice(&words));
        Resident { id: dataset.id(), images, labels }
    }
}

/// Bytes that are on their way from the GPU.
#[derive(Debug)]
pub(crate) struct Arriving {
    buffer: wgpu::Buffer,
    size_bytes: usize,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
}

impl Arriving {
    /// Asks for the first bytes of a staging buffer, after what has been submitted so far.
    pub(crate) fn request(buffer: wgpu::Buffer, size_bytes: usize) -> Self {
        let (send, mapped) = oneshot::channel();
        buffer.slice(..size_bytes as u64).map_async(wgpu::MapMode::Read, |result| {
            // Nobody waits any more when a backend is dropped with work under way.
            let _ = send.send(result);
        });
        Arriving { buffer, size_bytes, mapped }
    }

    /// Waits for them, and gives the staging buffer back.
    pub(crate) async fn take<T: Pod>(
        self,
        Device { device, .. }: &Device,
    ) -> Result<(Vec<T>, wgpu::Buffer), Error> {
        let failed = |reason: String| Error::GpuFailed { reason };
        // Natively somebody must ask for the callbacks; a browser calls them by itself.
        #[cfg(not(target_arch = "wasm32"))]
        device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| failed(error.to_string()))?;
        #[cfg(target_arch = "wasm32")]
        let _ = device;
        let mapped = self.mapped.await.map_err(|_| failed("the device is gone".into()))?;
        mapped.map_err(|error| failed(error.to_string()))?;
        let range = self.buffer.slice(..self.size_bytes as u64).get_mapped_range();
        let range = range.map_err(|error| failed(error.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&range);
        drop(range);
        self.buffer.unmap();
        Ok((values, self.buffer))
    }
}

/// Reads a whole storage buffer.
pub(crate) async fn read<T: Pod>(device: &Device, buffer: &wgpu::Buffer) -> Result<Vec<T>, Error> {
    let size = buffer.size();
    let staging = staging(device, size as usize);
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size);
    device.queue.submit([encoder.finish()]);
    Ok(Arriving::request(staging, size as usize).take(device).await?.0)
}
