/** Runs as a table of numbers: a line a step, with the tests beside the steps that they came after. */

/** Lines that are written at a time: a few milliseconds' work. */
const SLICE = 5000;

const HEAD = "run,epoch,step,loss,accuracy,test_loss,test_accuracy\n";

/** With as many digits as tell one f32 from every other. @param {number} value */
const digits = (value) => String(Number(value.toPrecision(9)));

/**
 * @param {import("./history.js").Run[]} runs
 * @param {(part: number) => void} told how much is done, 0 to 1
 * @returns {Promise<Blob>}
 */
export async function csv(runs, told) {
  const whole = runs.reduce((sum, { log }) => sum + log.steps, 0);
  const parts = [HEAD];
  let done = 0;
  for (const { id, log } of runs) {
    const tests = new Map(log.tests.map((test) => [test.step, test]));
    // Steps that come while this is written are left out.
    const { steps } = log;
    for (let first = 1; first <= steps; first += SLICE) {
      const end = Math.min(steps, first + SLICE - 1);
      let lines = "";
      for (let step = first; step <= end; step++) {
        const test = tests.get(step);
        const epoch = Math.ceil(step / log.stepsPerEpoch);
        const row = [id, epoch, step, digits(log.loss(step - 1, step)), digits(log.accuracy(step - 1, step))];
        lines += `${row.join()},${test ? `${digits(test.loss)},${digits(test.accuracy)}` : ","}\n`;
      }
      parts.push(lines);
      done += end - first + 1;
      told(done / whole);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return new Blob(parts, { type: "text/csv" });
}
