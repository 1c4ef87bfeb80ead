// Builds the sections, and the button for colours.
// SPDX-License-Identifier: 0BSD

overview();
graphSection();
layersSection();
memorySection();
speedSection();
weightsSection();
about();

const theme = document.getElementById("theme");
const themes = [["", "◐", "as the system"], ["light", "☀", "light"], ["dark", "☾", "dark"]];
let themeAt = 0;
theme.addEventListener("click", () => {
  themeAt = (themeAt + 1) % themes.length;
  const [name, sign, text] = themes[themeAt];
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  theme.textContent = sign;
  theme.setAttribute("aria-label", `Colours: ${text}`);
  theme.title = `Colours: ${text}`;
});
