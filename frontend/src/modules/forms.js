// One press, one request: the buttons of a form wait while it is being sent.
const buttonsOf = (form) => [...form.elements].filter((element) => element.type === "submit");

function release(form) {
  for (const button of buttonsOf(form)) {
    if (button.dataset.sending === undefined) continue;
    delete button.dataset.sending;
    button.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && !form.matches("[hx-post],[hx-put],[hx-patch],[hx-delete]")) return;
  if (form.method === "get" || form.method === "dialog") return;
  delete form.dataset.dirty;
  // After this turn, so that the pressed button's own name and value are still sent.
  setTimeout(() => {
    for (const button of buttonsOf(form)) {
      if (button.disabled) continue;
      button.dataset.sending = "";
      button.disabled = true;
    }
  });
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (!form) return;
  release(form);
  // What could not be saved is still unsaved.
  if (!event.detail.successful && form.matches("[data-dirty-check]")) form.dataset.dirty = "";
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(release);
});

// Unsaved changes: form[data-dirty-check] is asked about before it is left.
const dirty = (root = document) => root.querySelector("form[data-dirty-check][data-dirty]");
const question = () => document.querySelector('meta[name="text-unsaved"]')?.content ?? "";

export function mayLeave(root) {
  return !dirty(root) || confirm(question());
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-dirty-check]")) form.dataset.dirty = "";
});
document.addEventListener("reset", (event) => delete event.target.dataset.dirty);
window.addEventListener("beforeunload", (event) => { if (dirty()) event.preventDefault(); });

// Menus of choices that take effect at once (theme, rows per page) need no button where there is script.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});
