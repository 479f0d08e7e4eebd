// Before the first paint: the mode that was chosen here last, if any.
const chosen = localStorage.getItem("jiesu-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
