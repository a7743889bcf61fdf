/**
 * How many characters at the start of a text a pattern can match, rising; `*` is any text, `?` any character.
 * The time is the product of both lengths, whatever the pattern.
 */
export function glob(pattern: string, text: string): number[] {
  let reached = [0];
  for (const character of pattern) {
    const [least] = reached;
    if (least === undefined) return [];
    reached =
      character === "*"
        ? Array.from({ length: text.length - least + 1 }, (_, more) => least + more)
        : reached
            .filter((at) => at < text.length && (character === "?" || text.charAt(at) === character))
            .map((at) => at + 1);
  }
  return reached;
}
