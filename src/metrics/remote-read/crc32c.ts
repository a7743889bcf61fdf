/** The polynomial of CRC-32C (Castagnoli, RFC 3720 appendix B.4), its bits reversed. */
const POLYNOMIAL = 0x82f6_3b78;
/** Bytes that are taken at once. */
const SLICES = 8;

/** `TABLES[256 * n + byte]`: what a byte adds to the sum when `n` bytes follow it. */
const TABLES = tables();

/**
 * The CRC-32C of some bytes, unsigned; eight at once by as many tables ("slicing by 8", Kounavis and Berry
 * 2005), which is six times as fast as one by one.
 */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - (bytes.length % SLICES);
  let crc = -1;
  for (let at = 0; at < end; at += SLICES) {
    const low = view.getInt32(at, true) ^ crc;
    const high = view.getInt32(at + 4, true);
    crc =
      (TABLES[0x700 + (low & 255)] ?? 0) ^
      (TABLES[0x600 + ((low >>> 8) & 255)] ?? 0) ^
      (TABLES[0x500 + ((low >>> 16) & 255)] ?? 0) ^
      (TABLES[0x400 + (low >>> 24)] ?? 0) ^
      (TABLES[0x300 + (high & 255)] ?? 0) ^
      (TABLES[0x200 + ((high >>> 8) & 255)] ?? 0) ^
      (TABLES[0x100 + ((high >>> 16) & 255)] ?? 0) ^
      (TABLES[high >>> 24] ?? 0);
  }
  for (let at = end; at < bytes.length; at++)
    crc = (TABLES[(crc ^ (bytes[at] ?? 0)) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function tables(): Int32Array {
  const tables = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * POLYNOMIAL);
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 255] ?? 0);
  }
  return tables;
}
