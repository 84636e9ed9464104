// x of the first layer, [rows, 784]: pixel k of the batch's image `row`, as value / 255.
//   images [images, 784] u8, four to a word: the dataset's, of which `order` says which comes when; or what augment has made of
//   the batch's

const PIXELS: u32 = 784u;

@group(0) @binding(8) var<storage, read> images: array<u32>;
@group(0) @binding(9) var<storage, read> order: array<u32>;

fn x(row: u32, k: u32) -> f32 {
    let image = select(order[step.first + row], row, step.clean_every > 1u);
    return unpack4x8unorm(images[image * (PIXELS / 4u) + k / 4u])[k % 4u];
}
