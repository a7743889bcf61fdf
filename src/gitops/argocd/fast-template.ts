import { refuse } from "../refusal.ts";

/** The older templates: `{{name}}` is the parameter of that name; what is no parameter stays as it stands. */
export function renderFastTemplate(template: string, parameters: Readonly<Record<string, unknown>>): string {
  if (!/\{\{.*\}\}/.test(template)) return template;
  let rendered = "";
  let at = 0;
  for (;;) {
    const open = template.indexOf("{{", at);
    if (open === -1) return rendered + template.slice(at);
    const close = template.indexOf("}}", open + 2);
    if (close === -1) return refuse("appset-template", "the template has a {{ without its }}");
    const tag = template.slice(open + 2, close);
    const value = Object.hasOwn(parameters, tag.trim()) ? parameters[tag.trim()] : undefined;
    rendered += template.slice(at, open) + (typeof value === "string" ? value : `{{${tag}}}`);
    at = close + 2;
  }
}
