
import{a}from"./WTL5TTWP.js";import"./WZS2JRPK.js";export{a as action};
