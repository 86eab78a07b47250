
import{a as i}from"./chunks/MG64AVT4.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
