/** What a server sends is not what remote read sends, or was damaged or cut short on its way. */
export class BrokenAnswer extends Error {
  override readonly name = "BrokenAnswer";
}
