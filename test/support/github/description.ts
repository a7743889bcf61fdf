import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";

/** One operation of GitHub's REST interface, as GitHub's own OpenAPI description has it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** e.g. `/repos/{owner}/{repo}/pulls` */
  readonly template: string;
  readonly documentation: string;
  readonly node: Node;
}

/**
 * What GitHub publishes about itself (`@octokit/openapi`, 13 MB), loaded once and compiled operation by
 * operation as they are used: the fake is held against it, so it can't drift from the real thing.
 */
export class Description {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly #root: Node;
  readonly #validators = new Map<string, ValidateFunction>();
  /** Path and query arrive as text and take the defaults that GitHub documents; answers are never touched. */
  readonly #input = new Ajv({ strict: false, logger: false, coerceTypes: "array", useDefaults: true });
  readonly #body = new Ajv({ strict: false, logger: false, useDefaults: true, allErrors: true });
  readonly #answer = new Ajv({ strict: false, logger: false, allErrors: true });

  constructor(root: Node) {
    this.#root = root;
    this.operations = index(root);
    for (const ajv of [this.#input, this.#body, this.#answer]) {
      formats.default(ajv);
      ajv.addFormat("email", true); // a bot's address has brackets, which the format forbids and GitHub sends
    }
  }

  /** Coerces `parameters` in place; returns what is wrong with them. */
  checkParameters(operation: Operation, place: "path" | "query", parameters: Node): string[] {
    return check(
      this.#validator(`${operation.id} ${place}`, this.#input, () =>
        parameterSchema(this.#list(operation.node["parameters"]), place),
      ),
      parameters,
    );
  }

  /** Fills documented defaults into `body` in place; returns what is wrong with it. */
  checkBody(operation: Operation, body: unknown): string[] {
    const schema = () => jsonSchema(this.#resolve(operation.node["requestBody"]));
    return check(this.#validator(`${operation.id} body`, this.#body, schema), body ?? {});
  }

  checkAnswer(operation: Operation, status: number, body: unknown): string[] {
    const answers = this.#resolve(operation.node["responses"]);
    const described = answers?.[String(status)];
    if (!described) {
      // GitHub's description leaves out most errors; their shape is the same everywhere.
      return status >= 400 ? this.#checkError(body) : [`${operation.id} never answers ${status}`];
    }
    const schema = () => jsonSchema(this.#resolve(described)) ?? {};
    return check(this.#validator(`${operation.id} ${status}`, this.#answer, schema), body);
  }

  checkWebhook(event: string, action: string | undefined, payload: unknown): string[] {
    const name = [event, action].filter(Boolean).join("-").replaceAll("_", "-");
    const hook = this.#resolve(this.#resolve(this.#root["x-webhooks"])?.[name]);
    if (!hook) return [`GitHub sends no webhook ${name}`];
    const schema = () => jsonSchema(this.#resolve(this.#resolve(hook["post"])?.["requestBody"])) ?? {};
    return check(this.#validator(`webhook ${name}`, this.#answer, schema), payload);
  }

  #checkError(body: unknown): string[] {
    return isNode(body) && typeof body["message"] === "string" ? [] : ["an error without message"];
  }

  #validator(key: string, ajv: Ajv, schema: () => unknown): ValidateFunction {
    const known = this.#validators.get(key);
    if (known) return known;
    const compiled = ajv.compile(Object(this.#convert(ajv, schema() ?? {})));
    this.#validators.set(key, compiled);
    return compiled;
  }

  /** OpenAPI 3.0's dialect as JSON Schema; every component it names is added to `ajv` on the way. */
  #convert(ajv: Ajv, schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((item) => this.#convert(ajv, item));
    if (!isNode(schema)) return schema;
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      if (!ajv.schemas[reference]) {
        ajv.addSchema({}, reference); // holds the place: components refer to each other in circles
        const converted = this.#convert(ajv, this.#resolve(schema));
        ajv.removeSchema(reference);
        ajv.addSchema(Object(converted), reference);
      }
      return { $ref: reference };
    }
    const result: Node = {};
    for (const [key, value] of Object.entries(schema)) {
      if (ANNOTATIONS.has(key)) continue;
      if (key === "properties" && isNode(value)) {
        result[key] = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, this.#convert(ajv, v)]));
      } else if (LITERAL.has(key)) {
        result[key] = value;
      } else {
        // GitHub's alternatives overlap (a label is a string or an object of optional fields): any will do.
        result[key === "oneOf" ? "anyOf" : key] = this.#convert(ajv, value);
      }
    }
    if (schema["nullable"] !== true) return result;
    const { default: fallback, ...rest } = result;
    return { anyOf: [rest, { type: "null" }], ...(fallback === undefined ? {} : { default: fallback }) };
  }

  #list(nodes: unknown): Node[] {
    return (Array.isArray(nodes) ? nodes : []).map((node) => this.#resolve(node)).filter(isNode);
  }

  #resolve(node: unknown): Node | undefined {
    if (!isNode(node)) return undefined;
    const reference = node["$ref"];
    if (typeof reference !== "string") return node;
    let target: unknown = this.#root;
    for (const step of reference.slice("#/".length).split("/"))
      target = isNode(target) ? target[step] : undefined;
    return this.#resolve(target);
  }
}

let loaded: Promise<Description> | undefined;

export function loadDescription(): Promise<Description> {
  const path = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
  loaded ??= readFile(path, "utf8").then((text) => new Description(mend(Object(JSON.parse(text)))));
  return loaded;
}

type Node = Record<string, unknown>;

/** Where the description is wrong about GitHub: the place, and what should stand there. */
const MENDED: readonly (readonly [place: readonly string[], schema: Node])[] = [
  // An account would have to be a user and an enterprise at once.
  [
    ["paths", "/app/installations", "get", "responses", "200", "content", "application/json", "schema"],
    { type: "array", items: { $ref: "#/components/schemas/installation" } },
  ],
  // A label without a description has null there, in this list as everywhere.
  [
    ["components", "schemas", "pull-request-simple", "properties", "labels", "items"],
    { $ref: "#/components/schemas/label" },
  ],
];

function mend(root: Node): Node {
  for (const [place, schema] of MENDED) {
    const holder = place
      .slice(0, -1)
      .reduce<unknown>((node, step) => (isNode(node) ? node[step] : undefined), root);
    if (isNode(holder)) holder[place.at(-1) ?? ""] = schema;
  }
  return root;
}

const ANNOTATIONS = new Set(["nullable", "example", "examples", "discriminator", "description", "title"]);
const LITERAL = new Set(["enum", "default", "required", "type", "format", "pattern"]);

function index(root: Node): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const [template, methods] of Object.entries(Object(root["paths"]))) {
    for (const [method, node] of Object.entries(Object(methods))) {
      if (!isNode(node) || typeof node["operationId"] !== "string") continue;
      const id = node["operationId"];
      const docs = node["externalDocs"];
      const documentation = isNode(docs) ? String(docs["url"]) : "https://docs.github.com/rest";
      operations.set(id, { id, method: method.toUpperCase(), template, documentation, node });
    }
  }
  return operations;
}

function parameterSchema(parameters: Node[], place: string): unknown {
  const here = parameters.filter((parameter) => parameter["in"] === place);
  return {
    type: "object",
    properties: Object.fromEntries(here.map((parameter) => [parameter["name"], parameter["schema"]])),
    required: here
      .filter((parameter) => parameter["required"] === true)
      .map((parameter) => parameter["name"]),
  };
}

/** The JSON schema within a request's or an answer's `content`, or undefined where it has no JSON body. */
function jsonSchema(holder: Node | undefined): unknown {
  const content = holder?.["content"];
  const json = isNode(content) ? content["application/json"] : undefined;
  return isNode(json) ? json["schema"] : undefined;
}

function check(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath || "/"} ${error.message ?? "is wrong"}`,
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
