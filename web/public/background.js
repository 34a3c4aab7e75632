// Before the first paint: light or dark as its person has chosen, else the style sheet goes with the system.
try {
  const theme = localStorage.getItem('parley.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.background = theme;
} catch {
  // Storage may be forbidden: then nothing was chosen before.
}
