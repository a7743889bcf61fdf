import fc from "fast-check";
import { expect, it } from "vitest";
import { type Announced, messageOf } from "../../src/announce/message.ts";

const MOMENT: Announced = {
  kind: "reverted",
  repository: "acme/shop",
  number: 7,
  url: "https://github.com/acme/shop/pull/7",
  workloads: [{ cluster: "prod", workload: { kind: "Deployment", namespace: "shop", name: "api" } }],
  text: "things got worse after #7, and #12 takes it back: killed twice",
};
const TEMPLATE =
  '{"title": "{kind} {repository}#{number}", "body": "{text} {unknown}", "of": ["{workloads}"]}';

it("Slack gets a link and a sentence, in which nothing is markup", () => {
  expect(JSON.parse(messageOf({ ...MOMENT, text: "a <!channel> & b" }, "slack"))).toEqual({
    text: "<https://github.com/acme/shop/pull/7|acme/shop#7>: a &lt;!channel&gt; &amp; b (prod Deployment/shop/api)",
  });
});

it("as JSON everything is there", () => {
  expect(JSON.parse(messageOf(MOMENT, "json"))).toEqual({
    version: 1,
    kind: "reverted",
    repository: "acme/shop",
    number: 7,
    url: MOMENT.url,
    workloads: ["prod Deployment/shop/api"],
    text: MOMENT.text,
  });
});

it("a template of one's own stays JSON, whatever stands for its words", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(JSON.parse(messageOf({ ...MOMENT, text }, "template", TEMPLATE))).toEqual({
        title: "reverted acme/shop#7",
        body: `${text} {unknown}`,
        of: ["prod Deployment/shop/api"],
      });
    }),
  );
});
