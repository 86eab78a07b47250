import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./IOH7IWI4.js";import"./NXOFOH25.js";import"./SUSP3YQY.js";import"./ZVOYLWO7.js";import"./DJCEESCP.js";import"./VXCMQUN3.js";import"./SDVSKXPW.js";import"./TWDYB4JE.js";import"./ZSGMFOZM.js";import"./MVROADKZ.js";import"./OE2AORDU.js";import"./KT3J7JOM.js";export{a as action};
