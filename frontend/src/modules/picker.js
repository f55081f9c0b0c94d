// Person picker: a combobox whose list the server fills; who is chosen becomes a chip with a hidden input.
const partsOf = (picker) => ({
  input: picker.querySelector('[role="combobox"]'),
  list: picker.querySelector('[role="listbox"]'),
  chosen: picker.querySelector("[data-chosen]"),
  full: picker.querySelector("[data-full]"),
  template: picker.querySelector("template"),
});
const optionsOf = (list) => [...list.querySelectorAll('[role="option"]:not([aria-disabled="true"])')];
const idsOf = (chosen) => new Set([...chosen.querySelectorAll("input")].map((input) => input.value));

function expand(picker, on) {
  const { input, list } = partsOf(picker);
  input.setAttribute("aria-expanded", String(on));
  list.hidden = !on;
  if (!on) activate(picker, null);
}

function activate(picker, option) {
  const { input, list } = partsOf(picker);
  list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function bound(picker) {
  const { input, chosen, full } = partsOf(picker);
  const limit = Number(picker.dataset.limit || Infinity);
  const reached = chosen.children.length >= limit;
  full.hidden = !reached;
  input.readOnly = reached;
  input.setAttribute("aria-required", String(chosen.children.length === 0 && picker.hasAttribute("data-required")));
  picker.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { count: chosen.children.length } }));
}

function choose(picker, option) {
  if (!option) return;
  const { input, chosen, template } = partsOf(picker);
  const { id, label } = option.dataset;
  if (!idsOf(chosen).has(id)) {
    const chip = template.content.firstElementChild.cloneNode(true);
    chip.querySelector("[data-label]").textContent = label;
    chip.querySelector("input").value = id;
    const remove = chip.querySelector("button");
    remove.setAttribute("aria-label", remove.dataset.text.replace("{name}", label));
    chosen.append(chip);
  }
  input.value = "";
  partsOf(picker).list.replaceChildren();
  expand(picker, false);
  bound(picker);
  input.focus();
}

function take(picker, chip) {
  const { input } = partsOf(picker);
  chip.remove();
  bound(picker);
  input.focus();
}

function move(picker, key) {
  const { list } = partsOf(picker);
  const options = optionsOf(list);
  if (!options.length) return;
  expand(picker, true);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = key === "ArrowDown" ? (at + 1) % options.length : (at <= 0 ? options.length : at) - 1;
  activate(picker, options[next]);
}

function onKey(event) {
  const picker = event.target.closest?.("[data-picker]");
  if (!picker || !event.target.matches('[role="combobox"]')) return;
  const { input, list, chosen } = partsOf(picker);
  const active = list.querySelector('[aria-selected="true"]');
  if (event.key === "ArrowDown" || event.key === "ArrowUp") move(picker, event.key);
  else if (event.key === "Enter" && !list.hidden) choose(picker, active ?? optionsOf(list)[0]);
  else if (event.key === "Escape" && !list.hidden) expand(picker, false);
  else if (event.key === "Backspace" && !input.value && chosen.lastElementChild) take(picker, chosen.lastElementChild);
  else if (event.key !== "Enter") return;
  event.preventDefault();
}
document.addEventListener("keydown", onKey);

document.addEventListener("click", (event) => {
  const picker = event.target.closest("[data-picker]");
  for (const other of document.querySelectorAll("[data-picker]")) if (other !== picker) expand(other, false);
  if (!picker) return;
  const option = event.target.closest('[role="option"]:not([aria-disabled="true"])');
  if (option) choose(picker, option);
  const chip = event.target.closest("[data-remove]")?.closest("[data-chip]");
  if (chip) take(picker, chip);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const picker = event.detail.target?.closest?.("[data-picker]");
  if (!picker) return;
  const { input, list, chosen } = partsOf(picker);
  const taken = idsOf(chosen);
  for (const option of optionsOf(list)) if (taken.has(option.dataset.id)) option.remove();
  expand(picker, Boolean(input.value.trim()) && list.children.length > 0);
});
