// Shows the OpenAPI document. Everything is set as text, never as markup.

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function typeName(schema) {
  if (!schema) return document.createTextNode("–");
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return element("a", { href: `#type-${name}`, textContent: name });
  }
  if (schema.type === "array") return element("span", {}, "[", typeName(schema.items), "]");
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return element("span", {}, ...options.flatMap((option, at) => (at ? [" | ", typeName(option)] : [typeName(option)])));
  if (schema.enum) return document.createTextNode(schema.enum.map((value) => JSON.stringify(value)).join(" | "));
  if (schema.properties?.data) return element("span", {}, "{data: ", typeName(schema.properties.data), "}");
  const type = [schema.type ?? "any"].flat().join(" | ");
  return document.createTextNode(schema.format ? `${type} (${schema.format})` : type);
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col", textContent: text })));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

function operation(path, method, described) {
  const title = element("summary", {},
    element("code", { className: "method", textContent: method.toUpperCase() }),
    element("code", { textContent: path }), ` ${described.summary ?? ""}`);
  const parts = [title];
  if (described.description) parts.push(element("p", { textContent: described.description }));
  if (!described.security?.length) parts.push(element("p", { textContent: "Needs no session." }));
  if (described.parameters?.length) {
    parts.push(table(["parameter", "in", "type", "meaning"], described.parameters.map((one) => [
      element("code", { textContent: one.name + (one.required ? "" : "?") }), one.in, typeName(one.schema), one.description ?? "",
    ])));
  }
  const body = described.requestBody?.content?.["application/json"]?.schema;
  if (body) parts.push(element("p", {}, "Body: ", typeName(body)));
  parts.push(table(["answer", "body", "meaning"], Object.entries(described.responses ?? {}).map(([status, answer]) => [
    element("code", { textContent: status }), typeName(answer.content?.["application/json"]?.schema), answer.description ?? "",
  ])));
  const shown = element("details", {}, ...parts);
  shown.dataset.text = `${method} ${path} ${described.summary ?? ""}`.toLowerCase();
  return shown;
}

function type(name, schema) {
  const properties = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  const content = properties.length
    ? table(["field", "type", "meaning"], properties.map(([field, one]) => [
        element("code", { textContent: field + (required.has(field) ? "" : "?") }), typeName(one), one.description ?? "",
      ]))
    : element("p", {}, typeName(schema));
  return element("details", { id: `type-${name}` },
    element("summary", {}, element("code", { textContent: name })),
    element("p", { textContent: schema.description ?? "" }), content);
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

async function show() {
  const operations = document.getElementById("operations");
  const answer = await fetch("/api/v1/openapi.json");
  if (!answer.ok) throw new Error(`the document is answered with ${answer.status}`);
  const described = await answer.json();
  document.getElementById("about").textContent = described.info.description ?? "";
  const groups = new Map();
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const [method, one] of Object.entries(methods)) {
      const tag = one.tags?.[0] ?? "other";
      groups.set(tag, [...(groups.get(tag) ?? []), operation(path, method, one)]);
    }
  }
  operations.replaceChildren(...[...groups].sort().map(([tag, list]) => element("section", {}, element("h2", { textContent: tag }), ...list)));
  document.getElementById("types").replaceChildren(
    ...Object.entries(described.components?.schemas ?? {}).map(([name, schema]) => type(name, schema)));
  document.getElementById("filter").addEventListener("input", ({ target }) => {
    const wanted = target.value.toLowerCase();
    for (const one of operations.querySelectorAll("details")) one.hidden = !one.dataset.text.includes(wanted);
  });
  addEventListener("hashchange", openTarget);
  openTarget();
}

show().catch((error) => {
  document.getElementById("operations").textContent = `The document could not be read: ${error.message}`;
});
