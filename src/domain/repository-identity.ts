/** `github.com/acme/shop` of any way to write the address of a repository: ssh or https, `.git` or not, any case. */
export function repositoryIdentity(address: string): string {
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(address);
  const plain = scp
    ? `${scp[1]}/${scp[2]?.replace(/^\/+/, "")}`
    : address.replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, "").replace(/^([^/]+):\d+\//, "$1/");
  return plain
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

/** The address without the name and password that may stand in it. */
export function withoutCredentials(address: string): string {
  return address.replaceAll(/\/\/[^/@\s]*@/g, "//");
}

/**
 * Whether an address is one of the repository's own. Where none is known (a folder without a remote), every
 * address is taken for it, since what it names is looked up in the folder anyway.
 */
export function isOwnAddress(own: readonly string[]): (address: string) => boolean {
  const identities = own.map(repositoryIdentity);
  return (address) => identities.length === 0 || identities.includes(repositoryIdentity(address));
}

/** A folder of a repository as people write it: without `./`, and slashes around it; empty for the root. */
export function writtenFolder(path: string): string {
  return path.replaceAll(/^(?:\.?\/)+|\/+$/g, "").replace(/^\.$/, "");
}
