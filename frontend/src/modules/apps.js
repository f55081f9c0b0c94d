// A product and its apps: ticking the product turns its apps on if none is, turning an app on ticks the product.
const productOf = (element) => element.closest("[data-product]");
const appsOf = (product) => [...product.querySelectorAll("input[data-app]")];

function tell(product) {
  const text = product.querySelector("[data-count-text]");
  const apps = appsOf(product);
  const on = apps.filter((app) => app.checked).length;
  if (text) text.textContent = text.dataset.countText.replace("{on}", on).replace("{all}", apps.length);
}

document.addEventListener("change", (event) => {
  const product = productOf(event.target);
  if (!product) return;
  const own = product.querySelector("input[data-product-box]");
  const free = appsOf(product).filter((app) => !app.disabled);
  if (event.target === own) {
    // What was chosen before the product was ticked stays chosen.
    if (!own.checked || !free.some((app) => app.checked)) for (const app of free) app.checked = own.checked;
    const apps = product.querySelector("details");
    if (apps && own.checked) apps.open = true;
  } else if (event.target.matches("input[data-app]") && event.target.checked && own && !own.disabled) own.checked = true;
  if (event.target.matches("[data-app], [data-product-box]")) tell(product);
});
document.addEventListener("reset", (event) => {
  setTimeout(() => event.target.querySelectorAll("[data-product]").forEach(tell));
});
