// Keys, type-ahead and live lists. Everything also works with the mouse, and most without this file.
"use strict";

const inField = (target) => target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
const byKey = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);

function press(element) {
  if (element.matches("input[type=radio]")) { element.checked = true; element.dispatchEvent(new Event("change", { bubbles: true })); element.focus(); return; }
  if (element.matches("input, textarea, select")) { element.focus(); if (element.select) element.select(); return; }
  const details = element.closest("details");
  if (element.matches("summary")) { details.open = !details.open; const first = details.querySelector("input:not([type=hidden]), textarea"); if (details.open && first) first.focus(); return; }
  element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter") { const send = document.querySelector("[data-submit]"); if (send) { event.preventDefault(); send.click(); } return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const field = inField(event.target);
  if (field && field.dataset.pick && pickKey(event, field)) return;
  if (field && field.matches("select[data-key]") && choiceKey(event, field)) return;
  if (event.key === "Escape" && field) { field.blur(); return; }
  if (field || document.querySelector("dialog[open]")) return;
  if (event.key === "?") { document.getElementById("help").showModal(); event.preventDefault(); return; }
  if (rowKey(event)) return;
  if (event.key === "b") { checkAlike(); return; }
  if (event.key === "s" && tick(false)) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  const found = byKey(event.key);
  if (found && !found.hidden) { event.preventDefault(); press(found); }
});

// Lists: j and k walk, Enter opens.
function rowKey(event) {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
  if (!rows.length || !["j", "k", "Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return false;
  const at = rows.findIndex((row) => row.classList.contains("here"));
  if (event.key === "Enter") { if (at < 0) return false; rows[at].querySelector("a").click(); event.preventDefault(); return true; }
  const step = event.key === "j" || event.key === "ArrowDown" ? 1 : -1;
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows.forEach((row) => row.classList.toggle("here", row === next));
  next.scrollIntoView({ block: "nearest" }); event.preventDefault(); return true;
}

// Ticks the row under the cursor, or it and all that say nearly the same.
function tick(withAlike) {
  const box = document.querySelector("tr.here input[name=ticked]");
  if (!box) return false;
  const group = withAlike && box.dataset.group ? [...document.querySelectorAll(`input[name=ticked][data-group="${box.dataset.group}"]`)] : [box];
  const all = group.every((each) => each.checked);
  group.forEach((each) => { each.checked = !all; });
  showTicked(); return true;
}

function showTicked() {
  const button = document.querySelector("[data-ticked]");
  if (!button) return;
  const count = document.querySelectorAll("input[name=ticked]:checked").length;
  button.hidden = !count; button.querySelector("b").textContent = count;
}
document.addEventListener("change", (event) => { if (event.target.name === "ticked") showTicked(); });

function checkAlike() {
  if (tick(true)) return;
  const boxes = [...document.querySelectorAll("[data-alike]")];
  if (!boxes.length) return;
  const all = boxes.every((box) => box.checked);
  boxes.forEach((box) => { box.checked = !all; });
  boxes[0].closest("details").open = true;
}

// A list of choices: its numbers choose, Enter leaves it as it stands.
function choiceKey(event, field) {
  if (event.key !== "Enter" && !/^[1-9]$/.test(event.key)) return false;
  const option = [...field.options].find((each) => each.text.startsWith(`${event.key} `));
  if (event.key !== "Enter" && !option) return false;
  if (option) { option.selected = true; field.dispatchEvent(new Event("change", { bubbles: true })); }
  field.blur(); event.preventDefault(); return true;
}

// Type-ahead: arrows walk through what was found, Enter takes it, a click does too.
function pickKey(event, field) {
  const hits = [...field.closest(".pick").querySelectorAll(".hit")];
  const at = hits.findIndex((hit) => hit.classList.contains("here"));
  if (event.key === "Enter") {
    event.preventDefault();
    if (hits.length) take(hits[Math.max(at, 0)], field);
    return true;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return false;
  const next = hits[(at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % hits.length];
  if (next) { hits.forEach((hit) => hit.classList.toggle("here", hit === next)); next.scrollIntoView({ block: "nearest" }); }
  event.preventDefault(); return true;
}

function take(hit, field) {
  const pick = field.closest(".pick"), name = field.dataset.pick, form = field.form;
  pick.querySelector(".found").replaceChildren();
  const options = document.getElementById(field.dataset.into);
  if (options) {
    const label = document.createElement("label"), radio = document.createElement("input"), text = document.createElement("span");
    Object.assign(radio, { type: "radio", name, value: hit.dataset.value });
    if (field.hasAttribute("form")) radio.setAttribute("form", field.getAttribute("form"));
    text.className = "what"; text.textContent = hit.dataset.text;
    label.append(radio, text); options.append(label); radio.checked = true; field.value = ""; field.blur(); radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  } else {
    let hidden = form.querySelector(`input[type=hidden][name="${name}"]`);
    if (!hidden) { hidden = document.createElement("input"); Object.assign(hidden, { type: "hidden", name }); form.append(hidden); }
    hidden.value = hit.dataset.value; field.value = hit.dataset.text;
  }
}

document.addEventListener("click", (event) => {
  const cited = event.target.closest("[data-cite]");
  if (cited) { cite(cited.dataset.cite); return; }
  if (event.target.closest("[data-print]")) { print(); return; }
  const hit = event.target.closest(".hit");
  if (hit) take(hit, hit.closest(".pick").querySelector("[data-pick]"));
  else if (!event.target.closest(".pick")) document.querySelectorAll(".found").forEach((found) => found.replaceChildren());
  if (event.target.closest("[data-theme-switch]")) switchTheme();
});

// A knowledge entry goes into the reply of the unit, or into the remark of an answer from the desk.
function cite(words) {
  const reply = document.querySelector("textarea[name=text]") || document.querySelector("#decide input[name=why]");
  if (!reply) return;
  const end = document.querySelector("#decide select[name=outcome]");
  if (end && reply.name === "why") end.value = "answer";
  reply.closest("details")?.setAttribute("open", "");
  reply.value = (reply.value ? `${reply.value} ` : "") + words;
  reply.value = reply.value.slice(0, reply.maxLength > 0 ? reply.maxLength : undefined);
  reply.focus();
}

function switchTheme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.theme || (dark ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("jiesu-theme", root.dataset.theme);
}

// Another class or place has other units: they are asked for, and a form that is sent meanwhile waits.
let unitsComing = null;
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!["code", "place"].includes(event.target.name) || !form || !form.dataset.units) return;
  const asked = unitsFor(form).finally(() => { if (unitsComing === asked) unitsComing = null; });
  unitsComing = asked;
});

const classAndPlace = (form) => new URLSearchParams(["code", "place"].map((name) => [name, new FormData(form).get(name) || ""])).toString();

async function unitsFor(form) {
  const wanted = classAndPlace(form);
  if (!new FormData(form).get("code")) return; // no class, no units
  const answer = await fetch(`${form.dataset.units}?${wanted}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || classAndPlace(form) !== wanted) return;
  const found = await answer.text(), own = form.querySelector("[name=unit_id]:checked");
  form.querySelector("#units").innerHTML = found;
  if (own && form.contains(own)) own.checked = true; // a unit that was looked for by hand stays
}

// A form is sent once, however often Enter is struck.
document.addEventListener("submit", (event) => {
  if (unitsComing && event.target.dataset.units) {
    event.preventDefault();
    unitsComing.finally(() => event.target.requestSubmit(event.submitter));
    return;
  }
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  if (event.target.method === "post") event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Live lists: the server says that something changed, the list is fetched again.
const live = document.querySelector("[data-live]");
if (live) {
  let waiting = 0;
  const source = new EventSource("/desk/events");
  source.addEventListener("change", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 250); });
  addEventListener("pagehide", () => source.close());
}

// With an address in data-live that is fetched; without one this page, of which the live part is taken.
async function refresh() {
  const answer = await fetch(live.dataset.live || location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const text = await answer.text();
  const known = new Set([...live.querySelectorAll("tbody a")].map((a) => a.getAttribute("href")));
  const here = live.querySelector("tr.here a")?.getAttribute("href");
  const ticked = new Set([...live.querySelectorAll("input[name=ticked]:checked")].map((box) => box.value));
  if (live.dataset.live) live.innerHTML = text;
  else live.replaceChildren(...new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]").childNodes);
  live.querySelectorAll("tbody tr").forEach((row) => {
    const href = row.querySelector("a").getAttribute("href");
    row.classList.toggle("fresh", !known.has(href)); row.classList.toggle("here", href === here);
  });
  // What changed meanwhile is another version: it is not ticked any more.
  live.querySelectorAll("input[name=ticked]").forEach((box) => { box.checked = ticked.has(box.value); });
  showTicked();
  showCounts(live.querySelector("[data-counts]"));
}

function showCounts(counts) {
  if (!counts) return;
  for (const [name, count] of Object.entries(JSON.parse(counts.textContent))) {
    const shown = document.querySelector(`[data-count="${name}"]`);
    if (shown) shown.textContent = count;
  }
}
