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
    #[cfg_attr(
        target_arch = "wasm32",
        expect(dead_code, reason = "a browser asks for the callbacks by itself")
    )]
    submission: wgpu::SubmissionIndex,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
    result: Option<Result<(), String>>,
}

impl Arriving {
    /// Submits `encoder`, which fills the first bytes of a staging buffer, and asks for these.
    pub(crate) fn submit(
        Device { queue, .. }: &Device,
        encoder: wgpu::CommandEncoder,
        buffer: wgpu::Buffer,
        size_bytes: usize,
    ) -> Self {
        let submission = queue.submit([encoder.finish()]);
        let (send, mapped) = oneshot::channel();
        buffer.slice(..size_bytes as u64).map_async(wgpu::MapMode::Read, |result| {
            // Nobody waits any more when a backend is dropped with work under way.
            let _ = send.send(result);
        });
        Arriving { buffer, size_bytes, submission, mapped, result: None }
    }

    /// Whether taking them would not wait.
    pub(crate) fn is_here(&mut self, device: &Device) -> bool {
        // Natively somebody must ask for the callbacks; a browser calls them by itself.
        #[cfg(not(target_arch = "wasm32"))]
        let _ = device.device.poll(wgpu::PollType::Poll);
        #[cfg(target_arch = "wasm32")]
        let _ = device;
        self.result = self.result.take().or_else(|| match self.mapped.try_recv() {
            Ok(result) => result.map(|mapped| mapped.map_err(|error| error.to_string())),
            Err(oneshot::Canceled) => Some(Err(GONE.into())),
        });
        self.result.is_some()
    }

    /// Waits for them, and gives the staging buffer back.
    pub(crate) async fn take<T: Pod>(self, device: &Device) -> Result<(Vec<T>, wgpu::Buffer), Error> {
        // The device's own word comes first: it knows why.
        let failed = |reason: String| device.check().err().unwrap_or(Error::GpuFailed { reason });
        #[cfg(not(target_arch = "wasm32"))]
        device
            .device
            .poll(wgpu::PollType::Wait { submission_index: Some(self.submission), timeout: None })
            .map_err(|error| failed(error.to_string()))?;
        let result = match self.result {
            Some(result) => result,
            None => match self.mapped.await {
                Ok(mapped) => mapped.map_err(|error| error.to_string()),
                Err(oneshot::Canceled) => Err(GONE.into()),
            },
        };
        result.map_err(failed)?;
        device.check()?;
        let range = self.buffer.slice(..self.size_bytes as u64).get_mapped_range();
        let range = range.map_err(|error| failed(error.to_string()))?;
        let values = bytemuck::pod_collect_to_vec(&range);
        drop(range);
        self.buffer.unmap();
        Ok((values, self.buffer))
    }
}

const GONE: &str = "the device is gone";

/// Reads a whole storage buffer.
pub(crate) async fn read<T: Pod>(device: &Device, buffer: &wgpu::Buffer) -> Result<Vec<T>, Error> {
    let size = buffer.size();
    let staging = staging(device, size as usize);
    let mut encoder = device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, size);
    Ok(Arriving::submit(device, encoder, staging, size as usize).take(device).await?.0)
}
