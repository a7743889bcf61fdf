/**
 * What is read, and whether a server said meanwhile that an answer lacks something. What else it is asked at the time
 * counts too, to be on the safe side.
 */
export async function toldPartly<Read>(
  from: { readonly partialAnswers?: number } | undefined,
  read: () => Promise<Read>,
): Promise<{ readonly read: Read; readonly partial: boolean }> {
  const before = from?.partialAnswers ?? 0;
  return { read: await read(), partial: (from?.partialAnswers ?? 0) > before };
}
