// Finds texts with too little contrast to their background: below 4.5:1, or below 3:1 for large text (WCAG 2.2, success
// criterion 1.4.3). The script runs in the page and evaluates to a list of "ratio text", one entry for each text that is found.
// Disabled controls and invisible texts are ignored.

(() => {
  const colourOf = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const blend = (top, background) => {
    const mix = (a, b) => a * top.alpha + b * (1 - top.alpha);
    return {
      red: mix(top.red, background.red),
      green: mix(top.green, background.green),
      blue: mix(top.blue, background.blue),
      alpha: 1,
    };
  };
  const luminance = ({ red, green, blue }) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ancestorsOf = (element) => {
    const ancestors = [];
    for (let ancestor = element; ancestor; ancestor = ancestor.parentElement) ancestors.push(ancestor);
    return ancestors;
  };
  const ratioOf = (element) => {
    const styles = ancestorsOf(element).map((ancestor) => getComputedStyle(ancestor));
    if (styles.some(({ clipPath, visibility }) => clipPath !== 'none' || visibility === 'hidden'))
      return undefined;
    const opacity = styles.reduce((product, style) => product * Number(style.opacity), 1);
    if (opacity === 0) return undefined;
    const background = styles
      .map(({ backgroundColor }) => colourOf(backgroundColor))
      .reduceRight((below, colour) => blend(colour, below));
    const foreground = colourOf(getComputedStyle(element).color);
    const visible = blend({ ...foreground, alpha: foreground.alpha * opacity }, background);
    const [light, dark] = [luminance(visible), luminance(background)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent?.trim() ?? '';
    const element = walker.currentNode.parentElement;
    if (text === '' || !element || element.getClientRects().length === 0) continue;
    if (element.closest(':disabled, noscript, .katex-mathml')) continue;
    const { fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    const ratio = ratioOf(element);
    if (ratio !== undefined && ratio < (large ? 3 : 4.5))
      faint.push(`${ratio.toFixed(2)} ${text.slice(0, 60)}`);
  }
  return faint;
})();
