"use strict";
const claims = document.querySelector(".claims");
if (claims) {
  const sentences = [...claims.querySelectorAll(".sentence")];
  const filters = document.querySelectorAll("[data-verdict]");
  const status = document.getElementById("verdicts-shown");
  const everything = status.textContent;
  const show = kind => {
    for (const button of filters) button.setAttribute("aria-pressed", button.dataset.verdict === kind);
    for (const test of claims.querySelectorAll(".test")) test.hidden = kind && !test.classList.contains(kind + "-test");
    for (const sentence of sentences) sentence.hidden = !sentence.querySelector(".test:not([hidden])");
    const count = selector => claims.querySelectorAll(selector).length;
    const [all, tests] = everything.split(", ");
    status.textContent = kind ? `${count(".sentence:not([hidden])")} of ${all}, ${count(".test:not([hidden])")} of ${tests}` : everything;
  };
  for (const button of filters) button.addEventListener("click", () => show(button.dataset.verdict));
  filters[0].parentElement.hidden = false;
  const openAll = document.querySelector("[data-open]");
  openAll.addEventListener("click", () => {
    const open = openAll.getAttribute("aria-pressed") !== "true";
    for (const sentence of sentences) sentence.open = open;
    openAll.setAttribute("aria-pressed", open);
  });
  // A link may lead to a test that the filter hides, or that lies in a closed sentence.
  const reveal = () => {
    const test = location.hash.startsWith("#claim-") && document.getElementById(location.hash.slice(1));
    if (!test) return;
    if (test.hidden) show("");
    test.closest("details").open = true;
    test.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
}

// Films play on request only.
for (const film of document.querySelectorAll("[data-film]")) {
  const [image, button] = [film.querySelector("img"), film.querySelector("button")];
  const still = image.src;
  button.addEventListener("click", () => {
    const plays = image.src !== still;
    image.src = plays ? still : film.dataset.film;
    button.textContent = plays ? "Play" : "Stop";
    button.ariaLabel = button.ariaLabel.replace(/^\w+/, button.textContent);
  });
  button.parentElement.hidden = false;
}

addEventListener("beforeprint", () => {
  for (const closed of document.querySelectorAll("details:not([open])")) { closed.open = true; closed.dataset.closed = ""; }
});
addEventListener("afterprint", () => {
  for (const opened of document.querySelectorAll("[data-closed]")) { opened.open = false; delete opened.dataset.closed; }
});
