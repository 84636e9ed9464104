//! How a matrix product is cut into workgroups: the `override`s of `shaders/matmul.wgsl`.

/// The sizes that a tiled kernel is compiled with. At most 256 threads and 16 KB of workgroup memory: WebGPU's default limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Blocks of a tile, downwards; a block is a thread's.
    pub rows: u32,
    /// Blocks of a tile, across.
    pub cols: u32,
    /// Threads that share a block, each with a part of the sum.
    pub slices: u32,
    /// Terms of the sum that are fetched at a time.
    pub depth: u32,
    /// Whether a block is 8 × 8 instead of 4 × 4 sums. Then it is one thread's alone.
    pub wide: bool,
}

/// Workgroups that keep a GPU busy. Where a product has fewer, smaller tiles and shared sums give it more threads.
const BUSY: usize = 64;

/// Terms of a sum that make a share worth a thread.
const TERMS_A_SHARE: usize = 4;

impl Tile {
    /// 32 × 64, by 32 threads: for a processor that plays a GPU. Threads take turns there, so it wants few with much work each.
    const SOFTWARE: Tile = Tile { rows: 4, cols: 8, slices: 1, depth: 32, wide: true };

    /// Every tile there is. Those for a GPU from the largest: the larger, the fewer times a number is fetched.
    pub const ALL: [Tile; 5] = [
        // 128 × 128.
        Tile { rows: 16, cols: 16, slices: 1, depth: 8, wide: true },
        // 64 × 64.
        Tile { rows: 16, cols: 16, slices: 1, depth: 16, wide: false },
        // 32 × 32, by 64 threads.
        Tile { rows: 8, cols: 8, slices: 1, depth: 32, wide: false },
        // 16 × 16, sixteen threads a block.
        Tile { rows: 4, cols: 4, slices: 16, depth: 64, wide: false },
        Tile::SOFTWARE,
    ];

    /// For a product of `rows` × `cols` sums of `depth` terms, on a GPU or on a processor that plays one.
    pub fn choose(rows: usize, cols: usize, depth: usize, is_software: bool) -> Self {
        if is_software {
            return Tile::SOFTWARE;
        }
        let [tiles @ .., _] = &Tile::ALL;
        let is_busy = |tile: &&Tile| {
            let (x, y) = tile.workgroups(rows, cols);
            x * y >= BUSY
        };
        let has_work = |tile: &&Tile| depth >= TERMS_A_SHARE * tile.slices as usize || tile.slices == 1;
        let smallest = tiles.iter().rfind(has_work);
        *tiles.iter().filter(has_work).find(is_busy).or(smallest).expect("tiles without slices have work")
    }

    /// Workgroups along x and y.
    pub fn workgroups(&self, rows: usize, cols: usize) -> (usize, usize) {
        let block = if self.wide { 8 } else { 4 };
        (cols.div_ceil(self.cols as usize * block), rows.div_ceil(self.rows as usize * block))
    }

    /// Names and values of the `override`s.
    pub fn constants(&self) -> [(&'static str, f64); 5] {
        [
            ("ROWS", self.rows),
            ("COLS", self.cols),
            ("SLICES", self.slices),
            ("DEPTH", self.depth),
            ("WIDE", u32::from(self.wide)),
        ]
        .map(|(name, value)| (name, f64::from(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_keep_to_the_default_limits() {
        for tile in Tile::ALL {
            let threads = tile.rows * tile.cols * tile.slices;
            let vectors = |blocks: u32| blocks * if tile.wide { 2 } else { 1 } + 1;
            let stage = tile.depth * (vectors(tile.rows) + vectors(tile.cols));
            let shares = if tile.slices > 1 { threads } else { 1 };
            // As WebGPU has them: https://www.w3.org/TR/webgpu/#limits
            assert!(threads <= 256 && tile.slices <= 64, "{tile:?}");
            assert!(16 * (stage + shares) <= 16_384, "{tile:?}: {} bytes", 16 * (stage + shares));
            assert!(!tile.wide || tile.slices == 1, "{tile:?}");
        }
    }

    #[test]
    fn tiles_follow_the_shape() {
        let [huge, large, small, split, software] = Tile::ALL;
        assert_eq!(Tile::choose(2048, 2048, 2048, false), huge);
        assert_eq!(Tile::choose(512, 1024, 784, false), large);
        // The quickstart's update, 785 × 128 sums over a batch of 32, and its forward pass.
        assert_eq!(Tile::choose(785, 128, 32, false), small);
        assert_eq!(Tile::choose(32, 128, 784, false), split);
        // A sum that is too short to be shared.
        assert_eq!(Tile::choose(32, 128, 10, false), small);
        assert_eq!(Tile::choose(1, 1, 1, false), small);
        assert_eq!(Tile::choose(32, 128, 784, true), software);
    }
}
