"use strict";

// Shows /openapi.json. Whatever comes from the document is put in as text, never as markup.

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) {
    made.textContent = text;
  }
  if (className) {
    made.className = className;
  }
  return made;
}

function resolved(api, thing) {
  let found = thing;
  while (found && found.$ref) {
    found = found.$ref.slice(2).split("/").reduce((at, name) => at[name], api);
  }
  return found;
}

/** Of a schema that may be one of several put together: what an object can have. */
function properties(api, schema) {
  const known = resolved(api, schema) || {};
  const all = (known.allOf || []).flatMap((part) => properties(api, part));
  const required = known.required || [];
  for (const [name, property] of Object.entries(known.properties || {})) {
    all.push({ name, property: resolved(api, property), required: required.includes(name) });
  }
  return all;
}

function typeOf(api, schema) {
  const known = resolved(api, schema) || {};
  const type = Array.isArray(known.type) ? known.type.join(" or ") : known.type || "object";
  return known.items ? type.replace("array", "list of " + typeOf(api, known.items)) : type;
}

function table(head, rows) {
  const made = element("table");
  const first = made.createTHead().insertRow();
  head.forEach((title) => first.append(element("th", title)));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((cell) => line.append(element("td", cell)));
  }
  return made;
}

function shape(api, title, schema, into) {
  const known = resolved(api, schema);
  if (!known) {
    return;
  }
  into.append(element("h3", title));
  const list = properties(api, schema);
  if (list.length > 0) {
    into.append(
      table(
        ["member", "type", "", ""],
        list.map(({ name, property, required }) => [
          name,
          typeOf(api, property),
          required ? "always" : "",
          property.description || "",
        ]),
      ),
    );
  } else {
    into.append(element("p", typeOf(api, schema), "quiet"));
  }
  for (const example of known.examples || []) {
    into.append(element("pre", JSON.stringify(example, null, 2)));
  }
}

function content(holder) {
  const all = Object.values((holder && holder.content) || {});
  return all.length > 0 ? all[0].schema : undefined;
}

function details(api, operation) {
  const into = element("div", undefined, "body");
  if (operation["x-reach"]) {
    into.append(element("h3", "Who reaches whose objects"));
    const roles = Object.keys(operation["x-reach"]);
    into.append(table(roles, [Object.values(operation["x-reach"])]));
  } else {
    into.append(element("p", "Open to everybody.", "quiet"));
  }
  const parameters = operation.parameters || [];
  if (parameters.length > 0) {
    into.append(element("h3", "Parameters"));
    into.append(
      table(
        ["name", "in", "", ""],
        parameters.map((one) => [one.name, one.in, one.required ? "required" : "", one.description || ""]),
      ),
    );
  }
  const body = content(operation.requestBody);
  if (body) {
    shape(api, "Body", body, into);
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    const answer = content(resolved(api, response));
    if (status !== "default") {
      shape(api, "Answer " + status, answer || { type: "nothing" }, into);
    }
  }
  return into;
}

function line(api, path, method, operation) {
  const made = element("details");
  const summary = element("summary");
  summary.append(element("span", method.toUpperCase(), "method " + method));
  summary.append(element("span", path, "path"));
  summary.append(element("span", operation.summary, "quiet"));
  made.append(summary);
  // Made when it is looked at: most never are.
  made.addEventListener("toggle", () => made.append(details(api, operation)), { once: true });
  made.dataset.words = [method, path, operation.summary, ...operation.tags].join(" ").toLowerCase();
  made.dataset.planes = operation["x-planes"].join(" ");
  return made;
}

function show(api) {
  document.getElementById("version").textContent = api.info.version;
  document.getElementById("about").textContent = api.info.description.replaceAll("`", "");
  const bySubject = new Map();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => methods[one])) {
      const subject = methods[method].tags[0];
      bySubject.set(subject, [...(bySubject.get(subject) || []), line(api, path, method, methods[method])]);
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren();
  for (const [subject, lines] of [...bySubject].sort((a, b) => a[0].localeCompare(b[0]))) {
    const section = element("section");
    section.append(element("h2", subject), ...lines);
    main.append(section);
  }
}

function choose() {
  const words = document.getElementById("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const planes = [...document.querySelectorAll('input[name="plane"]:checked')].map((box) => box.value);
  for (const section of document.querySelectorAll("main section")) {
    let any = false;
    for (const one of section.querySelectorAll("details")) {
      const shown =
        words.every((word) => one.dataset.words.includes(word)) &&
        one.dataset.planes.split(" ").some((plane) => planes.includes(plane));
      one.hidden = !shown;
      any = any || shown;
    }
    section.hidden = !any;
  }
}

document.getElementById("choice").addEventListener("input", choose);
document.getElementById("choice").addEventListener("submit", (event) => event.preventDefault());

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then((api) => {
    show(api);
    choose();
  })
  .catch(() => {
    document.getElementById("operations").replaceChildren(element("p", "The document could not be loaded."));
  });
