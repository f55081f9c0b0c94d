// Ctrl K: a dialog with one input; the server answers with links, the arrows walk through them.
const palette = () => document.getElementById("palette");

function open() {
  const dialog = palette();
  if (!dialog || dialog.open) return;
  dialog.showModal();
  const input = dialog.querySelector("input");
  input.value = "";
  window.htmx.trigger(input, "palette-open");
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (!palette()) return;
    event.preventDefault();
    open();
    return;
  }
  if (!event.target.closest?.("#palette")) return;
  const links = [...palette().querySelectorAll(".tn-results a")];
  const at = links.indexOf(document.activeElement);
  const input = palette().querySelector("input");
  if (event.key === "ArrowDown") (links[at + 1] ?? links[at])?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? links[at - 1] : input).focus();
  else if (event.key === "Enter" && at < 0) links[0]?.click();
  else if (event.key.length === 1 && at >= 0 && event.key !== " ") return input.focus();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette-open]");
  if (!opener || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open();
});
