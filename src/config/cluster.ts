import { z } from "zod";
import { METRICS_PROTOCOLS } from "../domain/metrics-protocol.ts";
import { duration, name } from "./scalars.ts";
import { clusterTrials } from "./trial.ts";

const prometheusSchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).describe("Base address, with the path under which the API lies."),
    labels: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, "is no label's name"), z.string())
      .default({})
      .describe(
        "Only series that carry these labels, such as cluster: prod-1 in a store that several share.",
      ),
    protocol: z
      .enum(METRICS_PROTOCOLS)
      .default("auto")
      .describe("How usage is read; `auto` asks the server once which of them it has."),
    headers: z
      .record(z.string(), z.string())
      .optional()
      .describe("Sent with every request, such as X-Scope-OrgID."),
    username: z.string().optional().describe("For basic authentication."),
    passwordFile: z.string().optional().describe("File that holds the password."),
    bearerTokenFile: z.string().optional().describe("File that holds the bearer token."),
    sigv4: z
      .strictObject({
        region: z.string().optional().describe("Default: from the address or the environment."),
        service: z.string().default("aps").describe("Name of the service that is signed for."),
        profile: z.string().optional().describe("Profile of the shared credentials file."),
      })
      .optional()
      .describe("Sign requests for Amazon's managed service with the credentials of the environment."),
    caFile: z.string().optional().describe("PEM file of the authority that signed the server's certificate."),
    insecureSkipVerify: z
      .boolean()
      .default(false)
      .describe("Accept any certificate: whoever is in between can read and change everything."),
    timeout: duration.default("60s").describe("Of one request."),
  })
  .superRefine(({ username, passwordFile, bearerTokenFile, sigv4 }, context) => {
    const fault = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    if (passwordFile !== undefined && username === undefined) fault("passwordFile", "needs a username too");
    if ([username, bearerTokenFile, sigv4].filter((one) => one !== undefined).length > 1)
      fault(
        bearerTokenFile === undefined ? "sigv4" : "bearerTokenFile",
        "stands beside another way to say who asks; give one of username, bearerTokenFile and sigv4",
      );
  });

export const clusterSchema = z
  .strictObject({
    name: name.describe("How reports call this cluster."),
    inventory: z
      .enum(["kubernetes", "metrics"])
      .default("metrics")
      .describe(
        "Read workloads from the Kubernetes API, or from the kube-state-metrics series in Prometheus.",
      ),
    kubeconfig: z
      .string()
      .optional()
      .describe("Default: KUBECONFIG, ~/.kube/config, or the pod's own account."),
    context: z.string().optional().describe("Default: the current one."),
    allowExec: z.boolean().default(false).describe("Run the credential plugin that the kubeconfig names."),
    destinations: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "How an Argo CD calls this cluster that runs elsewhere: names or server addresses of its destinations. The cluster's own name and address need not be among them.",
      ),
    prometheus: z
      .union([prometheusSchema, z.array(prometheusSchema).min(1).max(4)])
      .transform((one) => (Array.isArray(one) ? one : [one]))
      .optional()
      .describe("Where usage is read; a list of two where they are a highly available pair."),
    metricsFile: z
      .string()
      .optional()
      .describe("Read a recording in OpenMetrics text or CSV (optionally gzip) instead of a Prometheus."),
    provider: z
      .string()
      .refine(
        isProvider,
        "is neither metrics-server, datadog nor the path of a module such as ./my-metrics.ts",
      )
      .optional()
      .describe(
        "Read from metrics-server, datadog, or a module of your own such as ./my-metrics.ts instead.",
      ),
    options: z.record(z.string(), z.unknown()).optional().describe("What the provider is to know."),
    watch: z
      .boolean()
      .default(true)
      .describe(
        "`loadline serve` keeps what it once listed with inventory: kubernetes up to date by watches, instead of listing it for each sweep.",
      ),
    events: z
      .boolean()
      .default(false)
      .describe(
        "Write Kubernetes events on workloads; takes deploy/rbac-events.yaml and inventory: kubernetes.",
      ),
    namespaces: z.array(z.string()).default([]).describe("Only these; all where empty."),
    selector: z
      .record(z.string(), z.string())
      .default({})
      .describe("Only workloads that carry these labels."),
    trials: clusterTrials,
  })
  .superRefine(({ prometheus, metricsFile, provider, options, inventory, events }, context) => {
    const fault = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    if ([prometheus, metricsFile, provider].filter((source) => source !== undefined).length !== 1)
      fault("prometheus", "needs exactly one of prometheus, metricsFile and provider");
    if (options !== undefined && provider === undefined)
      fault("options", "are for a provider, and none is named");
    if (events && inventory === "metrics")
      fault("events", "needs inventory: kubernetes, which knows the cluster");
    if (provider !== undefined && inventory === "metrics")
      fault("provider", "tells only of usage; add inventory: kubernetes");
  });

function isProvider(text: string): boolean {
  return text === "metrics-server" || text === "datadog" || /^(?:\.{0,2}\/).+\.[cm]?[jt]s$/.test(text);
}
