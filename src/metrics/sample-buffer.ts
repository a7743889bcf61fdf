/** Samples of one series, in arrays that grow and are used again for the next one. */
export class SampleBuffer {
  timesMs = new Float64Array(4096);
  values = new Float64Array(4096);
  count = 0;

  add(timeMs: number, value: number): void {
    if (this.count === this.timesMs.length) {
      this.timesMs = doubled(this.timesMs);
      this.values = doubled(this.values);
    }
    this.timesMs[this.count] = timeMs;
    this.values[this.count] = value;
    this.count += 1;
  }
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
