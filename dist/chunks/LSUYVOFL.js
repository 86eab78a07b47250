import{createRequire as tagflowRequire}from'node:module';const require=tagflowRequire(import.meta.url);
import{a}from"./OTK2FFU4.js";import"./RVWXJ5ZA.js";import"./LOP4XTBE.js";import"./UB4AMZYT.js";import"./JAENY3MX.js";import"./VXCMQUN3.js";import"./SDVSKXPW.js";import"./TWDYB4JE.js";import"./ZSGMFOZM.js";import"./MVROADKZ.js";import"./OE2AORDU.js";import"./KT3J7JOM.js";export{a as action};
