import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { ClusterPrograms } from "./programs-setup.ts";

/** A HOME, folders and programs of its own: nothing of the person who runs the tests is read or written. */
export async function argoCdEnvironment(
  programs: ClusterPrograms,
  folder: string,
  kubeconfig: string,
): Promise<Record<string, string>> {
  const at = (name: string) => join(folder, name);
  for (const name of ["home", "tmp", "tls", "ssh", "gpg", "plugins", "bin"])
    await mkdir(at(name), { recursive: true });
  await writeFile(at("ssh/ssh_known_hosts"), "");
  await symlink(programs.helm, at("bin/helm"));
  await symlink(programs.kubectl, at("bin/kubectl"));
  await symlink(join(programs.kustomize, "kustomize"), at("bin/kustomize"));
  await copyFile(join(programs.argocd, "git-verify-wrapper.sh"), at("bin/git-verify-wrapper.sh"));
  await chmod(at("bin/git-verify-wrapper.sh"), 0o755);
  return {
    HOME: at("home"),
    TMPDIR: at("tmp"),
    PATH: [at("bin"), process.env["PATH"]].join(delimiter),
    KUBECONFIG: kubeconfig,
    // The controller's shard.
    HOSTNAME: "argocd-application-controller-0",
    // `https://kubernetes.default.svc` is this cluster, though it is no pod of it.
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_GNUPGHOME: at("gpg"),
    ARGOCD_TLS_DATA_PATH: at("tls"),
    ARGOCD_SSH_DATA_PATH: at("ssh"),
    ARGOCD_PLUGINSOCKFILEPATH: at("plugins"),
  };
}
