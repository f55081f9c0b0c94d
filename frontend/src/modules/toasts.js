// Toasts come with the page or by the answer header HX-Trigger: {"toast": {"kind": "ok", "text": "..."}}.
const STAY = 6000;

const region = () => document.getElementById("toasts");

function arm(item) {
  let timer;
  const stop = () => clearTimeout(timer);
  const start = () => { stop(); timer = setTimeout(() => item.remove(), STAY); };
  item.addEventListener("pointerenter", stop);
  item.addEventListener("focusin", stop);
  item.addEventListener("pointerleave", start);
  item.addEventListener("focusout", start);
  // What went wrong, or offers a way back, stays until it is closed.
  if (item.dataset.kind === "ok" && !item.querySelector("a")) start();
}

export function toast({ kind = "ok", text, action_label, action_href }) {
  const item = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  item.dataset.kind = kind;
  for (const icon of item.querySelectorAll("[data-for]")) if (icon.dataset.for !== kind) icon.remove();
  item.querySelector("[data-text]").textContent = text;
  const action = item.querySelector("[data-action]");
  if (action_href) Object.assign(action, { href: action_href, textContent: action_label });
  else action.remove();
  region().append(item);
  arm(item);
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".tn-toast").remove());
document.addEventListener("DOMContentLoaded", () => region()?.querySelectorAll(".tn-toast").forEach(arm));
