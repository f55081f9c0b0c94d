// Runs before the first paint: "auto" follows the system, also while the page is open.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const theme = root.dataset.theme || "auto";
  root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
}

root.classList.add("js");
dark.addEventListener("change", apply);
apply();
