// Better with it, whole without it: a button that was pressed is not pressed twice, and the page's tab is in view.
"use strict";
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button")) {
    if (button !== event.submitter) button.disabled = true;
  }
  if (event.submitter) setTimeout(() => { event.submitter.disabled = true; });
});
document.querySelector("nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
