import path from "node:path";

/** The file that decisions go to; `undefined` where only the log has them. */
export function auditFile(
  { audit, store }: { readonly audit?: string | undefined; readonly store?: string | undefined },
  folder: string,
): string | undefined {
  if (audit !== undefined) return path.resolve(folder, audit);
  const isFolder = store !== undefined && store !== "none" && !/^[a-z][a-z0-9+.-]*:\/\//i.test(store);
  return isFolder ? path.resolve(folder, store, "audit.jsonl") : undefined;
}
