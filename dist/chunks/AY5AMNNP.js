import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./BSAUNLDG.js";import"./JZVVM55V.js";import"./WG457N6M.js";import"./SDVSKXPW.js";import"./TWDYB4JE.js";import"./ZSGMFOZM.js";import"./MVROADKZ.js";import"./OE2AORDU.js";import"./KT3J7JOM.js";export{a as action};
