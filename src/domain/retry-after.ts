/** What a server asks to wait by `Retry-After` (RFC 9110: seconds or a date), in ms; 0 where it asks nothing. */
export function retryAfterMs(header: string | readonly string[] | undefined): number {
  const [text = ""] = [header ?? ""].flat();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0);
}
