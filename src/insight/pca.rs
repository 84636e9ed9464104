//! A map of many points in two dimensions: principal component analysis.
//!
//! The two directions in which the points spread most are the covariance's first eigenvectors. They are found by subspace iteration
//! (Rutishauser 1969): a few directions are multiplied by the covariance again and again, made orthogonal, and turned towards the
//! eigenvectors that they span. The covariance itself, which is large where a layer is wide, is never made: it is multiplied by as two
//! products with the points.

/// Directions that are iterated. Two are wanted; with more, the wanted ones come out faster, as λ₅ / λ₂ to the power of the round.
const DIRECTIONS: usize = 4;
/// Rounds at most; where two eigenvalues are equal, any direction between their vectors is as good.
const ROUNDS: u32 = 60;
/// How far from an eigenvector a direction may be: what it lacks, as a part of the first eigenvalue. Sums in f32 are nearer than that.
const TOLERANCE: f64 = 1e-4;
/// Points whose products are summed in f32 before they go into a sum in f64.
const BLOCK: usize = 256;

/// One number for each direction.
type Row = [f32; DIRECTIONS];

/// The plane in which points spread most.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// The points' mean `[width]`.
    pub mean: Vec<f32>,
    /// Two orthogonal directions `[width]` of length 1, the one with more spread first; zero where there is no spread at all.
    pub components: [Vec<f32>; 2],
    /// The part of the points' variance that lies along each, from 0 to 1.
    pub explained: [f32; 2],
}

impl Pca {
    /// Where a point `[width]` lies in the plane.
    pub fn place(&self, point: &[f32]) -> [f32; 2] {
        let along = |component: &Vec<f32>| {
            let offsets = point.iter().zip(&self.mean).map(|(value, mean)| value - mean);
            offsets.zip(component).map(|(offset, c)| offset * c).sum()
        };
        [along(&self.components[0]), along(&self.components[1])]
    }
}

/// A [`Pca`] that is being worked out, round by round.
#[derive(Debug)]
pub struct Fit {
    /// `[n, width]`, less their mean.
    points: Vec<f32>,
    width: usize,
    mean: Vec<f32>,
    /// The sum of all variances.
    variance: f64,
    /// `[width]` of one number a direction.
    directions: Vec<Row>,
    /// The variance along each direction.
    values: [f64; DIRECTIONS],
    round: u32,
}

impl Fit {
    /// Of `points` `[n, width]`.
    pub fn new(mut points: Vec<f32>, width: usize) -> Self {
        assert!(width > 0 && points.len().is_multiple_of(width), "every point has {width} numbers");
        let n = (points.len() / width).max(1) as f64;
        let mut sums = vec![0.0; width];
        for point in points.chunks_exact(width) {
            sums.iter_mut().zip(point).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / n) as f32).collect();
        let mut variance = 0.0;
        for point in points.chunks_exact_mut(width) {
            for (value, mean) in point.iter_mut().zip(&mean) {
                *value -= mean;
                variance += f64::from(*value * *value);
            }
        }
        // Anything that no eigenvector is likely to be orthogonal to, and always the same: the golden ratio's multiples are spread evenly.
        let start = |i: usize| (i as f32 * 0.618_034).fract() - 0.5;
        let mut directions: Vec<Row> =
            (0..width).map(|i| std::array::from_fn(|j| start(DIRECTIONS * i + j + 1))).collect();
        orthonormalise(&mut directions);
        Fit { points, width, mean, variance: variance / n, directions, values: [0.0; DIRECTIONS], round: 0 }
    }

    /// Goes on by one round, and says whether it was the last.
    pub fn advance(&mut self) -> bool {
        let products = self.products();
        let directions: Vec<_> = self.directions.iter().map(|row| row.map(f64::from)).collect();
        // In the plane of the directions the covariance is small enough to be solved at once (Rayleigh-Ritz).
        let mut small = [[0.0; DIRECTIONS]; DIRECTIONS];
        for (direction, product) in directions.iter().zip(&products) {
            for (row, d) in small.iter_mut().zip(direction) {
                row.iter_mut().zip(product).for_each(|(sum, p)| *sum += d * p);
            }
        }
        let turn = eigenvectors(&mut small);
        for (j, value) in self.values.iter_mut().enumerate() {
            *value = small[j][j];
        }
        let (directions, products) = (turned(&directions, &turn), turned(&products, &turn));
        // What the covariance makes of an eigenvector, less that vector times its value, is nothing.
        let mut lacks = [0.0; DIRECTIONS];
        for (d, p) in directions.iter().zip(&products) {
            for (j, lacks) in lacks.iter_mut().enumerate() {
                *lacks += (p[j] - self.values[j] * d[j]).powi(2);
            }
        }
        self.round += 1;
        let enough = (TOLERANCE * self.values[0]).powi(2);
        let is_last = self.round == ROUNDS || (lacks[0] <= enough && lacks[1] <= enough);
        let next = if is_last { directions } else { products };
        self.directions = next.iter().map(|row| row.map(|value| value as f32)).collect();
        orthonormalise(&mut self.directions);
        is_last
    }

    /// The directions times the covariance: the mean of each point times what it has of each direction.
    fn products(&self) -> Vec<[f64; DIRECTIONS]> {
        let mut sums = vec![[0.0; DIRECTIONS]; self.width];
        let mut block_sums = vec![[0.0f32; DIRECTIONS]; self.width];
        for block in self.points.chunks(BLOCK * self.width) {
            block_sums.fill([0.0; DIRECTIONS]);
            for point in block.chunks_exact(self.width) {
                let mut along = [0.0; DIRECTIONS];
                for (&value, direction) in point.iter().zip(&self.directions) {
                    along.iter_mut().zip(direction).for_each(|(sum, d)| *sum += value * d);
                }
                for (&value, sums) in point.iter().zip(&mut block_sums) {
                    sums.iter_mut().zip(&along).for_each(|(sum, a)| *sum += value * a);
                }
            }
            for (sums, block) in sums.iter_mut().zip(&block_sums) {
                sums.iter_mut().zip(block).for_each(|(sum, &b)| *sum += f64::from(b));
            }
        }
        let n = (self.points.len() / self.width).max(1) as f64;
        sums.iter().map(|row| row.map(|sum| sum / n)).collect()
    }

    /// The plane, and where its points `[n, 2]` lie in it.
    pub fn finish(self) -> (Pca, Vec<[f32; 2]>) {
        let mut places = vec![[0.0; 2]; self.points.len() / self.width];
        let mut axis = |j: usize| self.axis(j, &mut places);
        let ((one, along), (other, across)) = (axis(0), axis(1));
        (Pca { mean: self.mean, components: [one, other], explained: [along, across] }, places)
    }

    /// One direction and its part of the variance; and how far along it the points lie.
    ///
    /// An eigenvector turned round is one as well. It is turned so that the points' longer tail is on the positive side: a rule that says
    /// the same from one step of training to the next, as far as any can.
    #[inline(never)]
    fn axis(&self, j: usize, places: &mut [[f32; 2]]) -> (Vec<f32>, f32) {
        let value = self.values[j];
        // Where only rounding spreads, no direction means anything.
        if value <= 1e-6 * self.variance {
            return (vec![0.0; self.width], 0.0);
        }
        let mut component: Vec<f32> = self.directions.iter().map(|row| row[j]).collect();
        let mut tail = 0.0;
        for (place, point) in places.iter_mut().zip(self.points.chunks_exact(self.width)) {
            place[j] = point.iter().zip(&component).map(|(p, c)| p * c).sum();
            tail += f64::from(place[j]).powi(3);
        }
        if tail < 0.0 {
            component.iter_mut().for_each(|value| *value = -*value);
            places.iter_mut().for_each(|place| place[j] = -place[j]);
        }
        (component, (value / self.variance) as f32)
    }
}

/// Directions in the basis that `turn` has in its columns.
#[inline(never)]
fn turned(rows: &[[f64; DIRECTIONS]], turn: &[[f64; DIRECTIONS]; DIRECTIONS]) -> Vec<[f64; DIRECTIONS]> {
    let mut all = vec![[0.0; DIRECTIONS]; rows.len()];
    for (row, turned) in rows.iter().zip(&mut all) {
        for (value, turn) in row.iter().zip(turn) {
            turned.iter_mut().zip(turn).for_each(|(sum, t)| *sum += value * t);
        }
    }
    all
}

/// Makes directions orthogonal and as long as 1, each in the plane of those up to it (Gram-Schmidt, twice, for once leaves what rounding
/// leaves); what lies wholly in the plane of those before it becomes zero.
fn orthonormalise(directions: &mut [Row]) {
    for j in 0..DIRECTIONS {
        let length = |directions: &[Row]| -> f64 {
            directions.iter().map(|row| f64::from(row[j]).powi(2)).sum::<f64>().sqrt()
        };
        let before = length(directions);
        for _ in 0..2 {
            for i in 0..j {
                let common: f64 = directions.iter().map(|row| f64::from(row[i]) * f64::from(row[j])).sum();
                directions.iter_mut().for_each(|row| row[j] -= (common * f64::from(row[i])) as f32);
            }
        }
        let after = length(directions);
        // Below that only rounding is left.
        let scale = if after > 1e-5 * before { after.recip() } else { 0.0 };
        directions.iter_mut().for_each(|row| row[j] = (f64::from(row[j]) * scale) as f32);
    }
}

/// Jacobi's method: turns a symmetric matrix into a diagonal one, largest value first, and answers the turn.
fn eigenvectors(matrix: &mut [[f64; DIRECTIONS]; DIRECTIONS]) -> [[f64; DIRECTIONS]; DIRECTIONS] {
    let mut turn: [[f64; DIRECTIONS]; DIRECTIONS] =
        std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 }));
    // It converges quadratically: a 4 × 4 matrix is diagonal to the last bit after five or six sweeps.
    for _ in 0..10 {
        for p in 0..DIRECTIONS {
            for q in p + 1..DIRECTIONS {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                // Golub and Van Loan, Matrix Computations, section 8.5.2.
                let tau = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
                let c = t.hypot(1.0).recip();
                let s = t * c;
                for row in matrix.iter_mut().chain(&mut turn) {
                    [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
                }
                let (upper, lower) = matrix.split_at_mut(q);
                for (at_p, at_q) in upper[p].iter_mut().zip(&mut lower[0]) {
                    (*at_p, *at_q) = (c * *at_p - s * *at_q, s * *at_p + c * *at_q);
                }
            }
        }
    }
    // The largest first, by swaps of columns: four are few.
    for i in 0..DIRECTIONS {
        for j in i + 1..DIRECTIONS {
            if matrix[j][j] > matrix[i][i] {
                let (one, other) = (matrix[i][i], matrix[j][j]);
                (matrix[i][i], matrix[j][j]) = (other, one);
                turn.iter_mut().for_each(|row| row.swap(i, j));
            }
        }
    }
    turn
}
