import { readFile } from "node:fs/promises";
import type { ControlPlane, User } from "./control-plane.ts";

/** A service account with the rights of deploy/rbac.yaml in the whole cluster, and no others; as that file says. */
export async function loadlineAccount(plane: ControlPlane): Promise<User> {
  await plane.apply(await readFile("deploy/rbac.yaml", "utf8"));
  await plane.kubectl([
    "create",
    "clusterrolebinding",
    "loadline-inventory",
    "--clusterrole=loadline-inventory",
    "--serviceaccount=default:loadline",
  ]);
  return await plane.serviceAccount("default", "loadline");
}
