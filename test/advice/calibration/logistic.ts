/** What is known of a case, and whether it came true. */
export interface Row {
  readonly known: readonly number[];
  readonly held: boolean;
}

const ROUNDS = 12;
/** Keeps weights that nothing speaks of from growing without bound. */
const RIDGE: number = 0.1;

/** Logistic regression by Newton's method: the weights of a bias and of what is known. */
export function fitted(rows: readonly Row[]): number[] {
  const width = (rows[0]?.known.length ?? 0) + 1;
  let weights = Array.from({ length: width }, () => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const slope = weights.map((weight, at) => (at === 0 ? 0 : RIDGE * weight));
    const bend = slope.map((_, at) => slope.map((__, other) => (at === other && at > 0 ? RIDGE : 0)));
    for (const { known, held } of rows) {
      const said = chance(weights, known);
      const [miss, sway] = [said - (held ? 1 : 0), said * (1 - said)];
      const all = [1, ...known];
      for (const [at, one] of all.entries()) {
        slope[at] = (slope[at] ?? 0) + miss * one;
        const row = bend[at] ?? [];
        for (const [other, two] of all.entries()) row[other] = (row[other] ?? 0) + sway * one * two;
      }
    }
    const step = solved(bend, slope);
    weights = weights.map((weight, at) => weight - (step[at] ?? 0));
  }
  return weights;
}

/** The probability that these weights give it. */
export function chance(weights: readonly number[], known: readonly number[]): number {
  const weight = known.reduce((sum, one, at) => sum + one * (weights[at + 1] ?? 0), weights[0] ?? 0);
  return 1 / (1 + Math.exp(-weight));
}

/** Gauss and Jordan; the matrix is positive definite, so that no row has to change its place. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? 0]);
  for (const [at, pivot] of rows.entries()) {
    const by = pivot[at] ?? 1;
    for (const [column, value] of pivot.entries()) pivot[column] = value / by;
    for (const other of rows) {
      const times = other === pivot ? 0 : (other[at] ?? 0);
      for (const [column, value] of pivot.entries()) other[column] = (other[column] ?? 0) - times * value;
    }
  }
  return rows.map((row) => row.at(-1) ?? 0);
}
