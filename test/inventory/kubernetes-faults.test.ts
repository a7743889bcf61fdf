import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { parseWorkloadKey } from "../../src/domain/workload.ts";
import type { WorkloadSelection } from "../../src/inventory/inventory.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import type { ApiLimits } from "../../src/inventory/kubernetes-api.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { type Interference, KubernetesApiServer, send, sendStatus } from "../support/kubernetes-api.ts";
import { RESOURCE_OF, objectOf, workload } from "../support/kubernetes-objects.ts";

let certificates: Certificates;
let api: KubernetesApiServer;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  api = await KubernetesApiServer.start(certificates);
  for (const name of ["a", "b", "c", "d", "e"]) addDeployment(`Deployment/shop/${name}`);
});
afterEach(() => api[Symbol.asyncDispose]());

const ALL = ["a", "b", "c", "d", "e"];
const QUICK: Partial<ApiLimits> = {
  pageSize: 2,
  requestMs: 2000,
  tries: 3,
  backoffMs: 1,
  longestWaitMs: 1500,
};

function addDeployment(key: string): void {
  const id = parseWorkloadKey(key);
  if (id) api.add(RESOURCE_OF.Deployment, objectOf(workload(id, { replicas: 1 })));
}

async function discover(limits: Partial<ApiLimits> = {}, selection: Partial<WorkloadSelection> = {}) {
  const inventory = kubernetesInventory({ kubeconfig: await api.kubeconfig() }, { ...QUICK, ...limits });
  const { workloads, warnings } = await inventory.discover({ namespaces: [], labels: {}, ...selection });
  return { names: workloads.map(({ name }) => name), warnings };
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error("it did not fail");
  expect(error.message).not.toContain(api.token);
  return error;
}

/** Interferes with the requests for deployments only, `times` times. */
function withDeployments(times: number, interference: Interference): void {
  let left = times;
  api.interfere = (seen, response) =>
    seen.resource === "deployments" && left-- > 0 && interference(seen, response);
}

const asked = (resource: string) => api.requests.filter((seen) => seen.resource === resource).length;

describe("lists that expire", () => {
  test("are begun again when the second page is gone (410), with nothing twice and nothing stale", async () => {
    let expired = false;
    api.interfere = ({ resource, query }, response) => {
      if (resource !== "deployments" || !query.has("continue") || expired) return false;
      expired = true;
      api.objects.set(RESOURCE_OF.Deployment, (api.objects.get(RESOURCE_OF.Deployment) ?? []).slice(1));
      sendStatus(response, 410, "Expired", "The provided continue parameter is too old");
      return true;
    };
    expect(await discover()).toEqual({ names: ["b", "c", "d", "e"], warnings: [] });
    expect(asked("deployments")).toBe(4);
  });

  test("that expire every time are a fault, not a loop", async () => {
    withDeployments(Infinity, (_, response) => {
      sendStatus(response, 410, "Expired", "The provided continue parameter is too old");
      return true;
    });
    const error = await failure(discover());
    expect(error.message).toBe("The list of deployments expired 3 times before it was read");
    expect(error).not.toBeInstanceOf(InputError);
    expect(asked("deployments")).toBe(3);
  });

  test("pages without end are a fault", async () => {
    withDeployments(Infinity, (_, response) => {
      send(response, 200, { metadata: { continue: "again" }, items: [] });
      return true;
    });
    expect((await failure(discover({ pages: 20 }))).message).toContain("does not end after 20 pages");
    expect(asked("deployments")).toBe(20);
  });
});

test.each(["events", "pods", "poddisruptionbudgets"])(
  "a fault of %s costs no more than them",
  async (which) => {
    api.interfere = ({ resource }, response) => {
      if (resource !== which) return false;
      sendStatus(response, 504, "Timeout", "etcd is slow");
      return true;
    };
    expect(await discover()).toEqual({
      names: ALL,
      warnings: [expect.stringMatching(new RegExp(`${which} answered 504: .* (?:is|are) not seen$`))],
    });
  },
);

describe("missing permissions", () => {
  test("name the rule that is missing, and the rest is discovered", async () => {
    api.allows = ({ resource }) => resource !== "cronjobs" && resource !== "horizontalpodautoscalers";
    expect(await discover()).toEqual({
      names: ALL,
      warnings: [
        'Missing permission: verb "list" on resource "cronjobs" in API group "batch", in every namespace: cronjobs are not seen. Grant it (deploy/rbac.yaml)',
        'Missing permission: verb "list" on resource "horizontalpodautoscalers" in API group "autoscaling", in every namespace: whether an autoscaler scales the workloads there is unknown. Grant it (deploy/rbac.yaml)',
      ],
    });
  });

  test("name the namespaces, in one warning a rule", async () => {
    addDeployment("Deployment/data/db");
    api.allows = ({ resource, namespace }) => resource !== "deployments" || namespace === "shop";
    const { names, warnings } = await discover({}, { namespaces: ["shop", "data", "web"] });
    expect(names).toEqual(ALL);
    expect(warnings).toEqual([
      'Missing permission: verb "list" on resource "deployments" in API group "apps", in namespaces "data", "web": deployments are not seen. Grant it (deploy/rbac.yaml)',
    ]);
  });

  test("are bad input when nothing may be listed at all", async () => {
    api.allows = ({ resource }) => resource === "horizontalpodautoscalers";
    const error = await failure(discover());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain('verb "list" on resource "deployments" in API group "apps"');
    expect(error.message).toContain("deploy/rbac.yaml");
  });

  test("are those of custom resources too, where the cluster has them", async () => {
    api.allows = ({ group }) => !group.includes(".");
    expect((await discover()).warnings).toEqual([]);
    api.add("argoproj.io/v1alpha1/rollouts");
    expect((await discover()).warnings).toEqual([
      'Missing permission: verb "list" on resource "rollouts" in API group "argoproj.io", in every namespace: rollouts are not seen. Grant it (deploy/rbac.yaml)',
    ]);
  });

  test("a server that knows none of the APIs is named", async () => {
    api.objects.clear();
    const error = await failure(discover());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe(
      `https://127.0.0.1:${api.port} serves no workloads. Is it the address of a Kubernetes API server?`,
    );
  });

  test("an API that is not served is a warning", async () => {
    api.objects.delete(RESOURCE_OF.CronJob);
    const { warnings } = await discover();
    expect(warnings).toEqual(["The cluster does not serve cronjobs of batch/v1: none are seen"]);
  });
});

describe("a server in trouble", () => {
  test("is given the time that it asks for (429 with Retry-After)", async () => {
    withDeployments(1, (_, response) => {
      sendStatus(response, 429, "TooManyRequests", "Too many requests", { "retry-after": "1" });
      return true;
    });
    const start = performance.now();
    expect(await discover()).toEqual({ names: ALL, warnings: [] });
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  test("is not waited for longer than the limit, whatever it asks for", async () => {
    withDeployments(1, (_, response) => {
      sendStatus(response, 503, "ServiceUnavailable", "etcd is away", { "retry-after": "3600" });
      return true;
    });
    const start = performance.now();
    expect((await discover({ longestWaitMs: 50 })).names).toEqual(ALL);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test("is asked a few times only, then it is a fault that names the request", async () => {
    withDeployments(Infinity, (_, response) => {
      sendStatus(response, 500, "InternalError", "etcdserver: leader changed");
      return true;
    });
    const error = await failure(discover());
    expect(error).not.toBeInstanceOf(InputError);
    expect(error.message).toBe(`GET https://127.0.0.1:${api.port}/apis/apps/v1/deployments answered 500`);
    expect(asked("deployments")).toBe(3);
  });

  test("that does not answer runs into the timeout, and is asked again", async () => {
    withDeployments(1, () => true);
    expect((await discover({ requestMs: 200 })).names).toEqual(ALL);
    withDeployments(Infinity, () => true);
    const error = await failure(discover({ requestMs: 100 }));
    expect(error.message).toContain("/apis/apps/v1/deployments was not answered in time");
  });

  test("that answers drop by drop runs into the timeout, too", async () => {
    withDeployments(Infinity, async (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      for (let drop = 0; drop < 50 && response.writable; drop++) {
        response.write(" ");
        await delay(20);
      }
      return true;
    });
    const error = await failure(discover({ requestMs: 150, tries: 2 }));
    expect(error.message).toContain("was not answered in time");
  });

  test("whose answer breaks off, or is cut, is asked again", async () => {
    const faults = [
      (body: string) => ({ length: body.length, sent: body.slice(0, 40), destroy: true }),
      (body: string) => ({ length: 40, sent: body.slice(0, 40), destroy: false }),
    ];
    const body = JSON.stringify({ metadata: {}, items: [{ metadata: { name: "half", namespace: "shop" } }] });
    withDeployments(2, (_, response) => {
      const { length, sent, destroy } = (faults.pop() ?? faults[0])?.(body) ?? {
        length: 0,
        sent: "",
        destroy: true,
      };
      response.writeHead(200, { "content-length": length });
      response.write(sent, () => (destroy ? response.destroy() : response.end()));
      return true;
    });
    expect(await discover()).toEqual({ names: ALL, warnings: [] });
    expect(asked("deployments")).toBe(5);
  });

  test("whose answer is larger than the bound is a fault", async () => {
    const error = await failure(discover({ answerBytes: 300 }));
    expect(error.message).toContain("an answer is larger than 300 bytes");
  });

  test("a page that is no list is bad input, as is a redirect to a login page", async () => {
    withDeployments(1, (_, response) => {
      send(response, 200, { hello: "world" });
      return true;
    });
    expect((await failure(discover())).message).toContain("with no Kubernetes list");
    withDeployments(1, (_, response) => {
      response.writeHead(302, { location: "https://login.example/" }).end();
      return true;
    });
    const error = await failure(discover());
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain("/apis/apps/v1/deployments answered 302. Is https://127.0.0.1:");
  });

  test("a refused selector is bad input with the server's explanation", async () => {
    withDeployments(1, (_, response) => {
      sendStatus(response, 400, "BadRequest", 'unable to parse requirement: "\u001B[31m"');
      return true;
    });
    const error = await failure(discover({}, { labels: { "a b": "c" } }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toContain(String.raw`unable to parse requirement: \"\u001b[31m\"`);
  });
});

test("odd values in the cluster are left out with a warning each, and many are counted", async () => {
  const odd = Array.from({ length: 25 }, (_, index) => ({
    metadata: { name: `odd-${index}`, namespace: "shop" },
    spec: {
      template: { spec: { containers: [{ name: "app", resources: { requests: { cpu: "viel\u202E" } } }] } },
    },
  }));
  api.add(RESOURCE_OF.Deployment, ...odd, { metadata: { name: "../../etc", namespace: "shop" } });
  const { names, warnings } = await discover();
  expect(names).toHaveLength(30);
  expect(warnings).toHaveLength(21);
  expect(warnings[0]).toBe(
    'Deployment/shop/odd-0, container app: requests.cpu "viel?" is no quantity and is left out',
  );
  expect(warnings.at(-1)).toBe("… and 6 more values that are left out");
});
