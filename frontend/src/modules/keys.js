// "/" goes to the page's search, "?" shows the keys. Never while somebody writes.
const writing = (element) => element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "?" && !document.querySelector("dialog:modal")) document.getElementById("keys")?.showModal();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    const menu = opener.closest("details.tn-menu");
    if (menu) menu.open = false;
    document.getElementById(opener.dataset.dialog)?.showModal();
  }
  // A click on the scrim lands on the dialog itself.
  if (event.target.matches("dialog.tn-dialog") || event.target.closest("[data-dialog-close]")) event.target.closest("dialog").close();
});
